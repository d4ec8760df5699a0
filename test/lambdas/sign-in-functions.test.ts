import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../scripts/build';
import type { AuthorizationRequest } from '../../scripts/local/aws/authorization';
import { type AwsEndpoint, startAwsEndpoint } from '../../scripts/local/aws/endpoint';
import { writeBootstrap } from '../../scripts/local/lambda/bootstrap-file';
import { Functions } from '../../scripts/local/lambda/functions';
import type { OutgoingMail } from '../../scripts/local/mailbox';
import { allow } from '../support/decisions';
import { invokeBundle } from '../support/function-process';
import { SupabaseServer } from '../support/supabase-server';

/** The functions of the user pool as they are deployed, each under a role of its own. */
const region = 'us-east-1';
const accountId = '123456789012';
const names = [
  'auth-challenge-create',
  'auth-challenge-define',
  'auth-challenge-verify',
  'magic-link-sender',
  'post-confirmation',
  'pre-sign-up',
  'pre-token-generation',
  'user-migration',
] as const;
type Name = (typeof names)[number];

const redirectUri = 'https://app.example.com/sign-in';
const arnOf = (name: Name) => `arn:aws:lambda:${region}:${accountId}:function:${name}`;
const roleOf = (name: Name) => `arn:aws:iam::${accountId}:role/${name}`;
const credentialsOf = (name: Name) => ({
  accessKeyId: `ASIA${name.toUpperCase()}`,
  secretAccessKey: 'secret',
  sessionToken: 'session',
});

let directory: string;
let aws: AwsEndpoint;
let functions: Functions;
let supabase: SupabaseServer;
const asked: AuthorizationRequest[] = [];
const mails: OutgoingMail[] = [];
const logged: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-sign-in-'));
  await build({ quiet: true, outdir: directory });
  aws = await startAwsEndpoint({
    port: 0,
    stateDirectory: path.join(directory, 'aws'),
    region,
    accountId,
    principals: new Map(
      names.map((name) => {
        const credentials = credentialsOf(name);
        return [credentials.accessKeyId, { ...credentials, roleArn: roleOf(name) }];
      }),
    ),
    authorize: async (request) => {
      asked.push(request);
      return allow;
    },
    log: () => undefined,
    sendMail: async (mail) => {
      mails.push(mail);
    },
    invokeFunction: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    hasFunction: (arn) => functions.has(arn),
  });
  await aws.dynamodb.createTable({
    name: 'magic-links',
    properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    },
  });
  const key = await aws.kms.createKey({ key: 'links', spec: 'HMAC_256' });
  functions = new Functions({
    region,
    awsEndpointUrl: () => aws.url,
    credentials: (roleArn) => credentialsOf(roleArn.split('/').at(-1) as Name),
    facts: () => ({ caFile: '/nonexistent', database: { host: 'localhost', port: 1 } }),
    bootstrapFile: writeBootstrap(directory),
    home: '/nonexistent',
    log: (_, line) => logged.push(line),
  });
  supabase = await SupabaseServer.start();
  const { arn: secretArn } = await aws.secrets.createSecret({
    name: 'supabase',
    properties: { SecretString: JSON.stringify({ serviceRoleKey: supabase.serviceRoleKey }) },
  });
  const unreachable = {
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: '1',
    DATABASE_NAME: 'landfall',
    DATABASE_USER: 'identity',
  };
  const environments: Record<Name, Record<string, string>> = {
    'auth-challenge-create': {
      MAGIC_LINK_SENDER: arnOf('magic-link-sender'),
      MAGIC_LINK_REDIRECT_URIS: `https://other.example.com/,${redirectUri}`,
      MAGIC_LINK_MINUTES: '10',
    },
    'auth-challenge-define': {},
    'auth-challenge-verify': { MAGIC_LINK_TABLE: 'magic-links', MAGIC_LINK_KEY: key.arn },
    'magic-link-sender': {
      MAGIC_LINK_TABLE: 'magic-links',
      MAGIC_LINK_KEY: key.arn,
      MAGIC_LINK_FROM: 'Landfall <no-reply@example.com>',
      MAGIC_LINK_MINUTES: '10',
      MAGIC_LINK_APPLICATION: 'Landfall',
    },
    'post-confirmation': unreachable,
    'pre-sign-up': { ALLOWED_EMAIL_DOMAINS: 'example.com,example.org' },
    'pre-token-generation': unreachable,
    'user-migration': {
      LEGACY_ISSUER: `${supabase.url}/auth/v1`,
      MIGRATION_UNTIL: '2100-01-01',
      LEGACY_SUPABASE_URL: supabase.url,
      LEGACY_SUPABASE_SECRET_ARN: secretArn,
    },
  };
  for (const name of names) {
    functions.add({
      name,
      label: name,
      arn: arnOf(name),
      codeDirectory: path.join(directory, 'lambdas', name),
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      environment: environments[name],
      timeoutSeconds: 20,
      memoryMiB: 256,
      roleArn: roleOf(name),
      logFormat: 'JSON',
    });
  }
}, 60_000);

afterAll(async () => {
  await aws?.close();
  await functions?.close();
  await supabase?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What a function answers to an event of Cognito's, or the message it failed with. */
// biome-ignore lint/suspicious/noExplicitAny: responses of every trigger
async function ask(name: Name, triggerSource: string, username: string, request: object): Promise<any> {
  const event = {
    version: '1',
    region,
    userPoolId: `${region}_AbCdEfGhI`,
    triggerSource,
    userName: username,
    callerContext: { awsSdkVersion: 'aws-sdk-js-3', clientId: 'client' },
    request,
    response: {},
  };
  const result = await functions.invoke(arnOf(name), event);
  if (!result.ok) return result.error.errorMessage;
  const { response, ...rest } = result.payload as { response: object };
  expect({ ...rest, response: {} }).toEqual(event);
  return response;
}

const userAttributes = (sub: string) => ({
  sub,
  email: `${sub}@example.com`,
  email_verified: 'true',
  'cognito:user_status': 'CONFIRMED',
});

/** The token in the mail to a user, once it has arrived. */
async function mailedToken(username: string): Promise<string> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    const mail = mails.find(({ to }) => to.includes(`${username}@example.com`));
    const token = /#token=([\w.-]+)/.exec(mail?.text ?? '')?.[1];
    if (token) return token;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${username}`);
}

const create = (username: string, request: object) =>
  ask('auth-challenge-create', 'CreateAuthChallenge_Authentication', username, {
    challengeName: 'CUSTOM_CHALLENGE',
    session: [],
    ...request,
  });
const verify = (username: string, challengeAnswer: string, attempt: string = randomUUID()) =>
  ask('auth-challenge-verify', 'VerifyAuthChallengeResponse_Authentication', username, {
    userAttributes: userAttributes(username),
    privateChallengeParameters: { attempt },
    challengeAnswer,
  });

it('a link is asked for, made, mailed and redeemed once, by functions that each use rights of their own and no others', async () => {
  const username = randomUUID();
  const clientMetadata = { redirectUri, locale: 'es' };
  const challenge = await create(username, { userAttributes: userAttributes(username), clientMetadata });
  expect(challenge).toMatchObject({
    publicChallengeParameters: { type: 'MAGIC_LINK', sent: 'true', minutes: '10' },
    challengeMetadata: 'MAGIC_LINK',
  });
  const token = await mailedToken(username);
  const { attempt } = challenge.privateChallengeParameters;
  expect(await verify(username, token, attempt)).toEqual({ answerCorrect: true });
  expect(await verify(username, token, attempt)).toEqual({ answerCorrect: true });
  expect(await verify(username, token)).toEqual({ answerCorrect: false });
  expect(
    await verify(
      username,
      token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ),
  ).toEqual({
    answerCorrect: false,
  });

  const [mail] = mails.filter(({ to }) => to.includes(`${username}@example.com`));
  expect(mail).toMatchObject({
    from: 'Landfall <no-reply@example.com>',
    subject: 'Inicia sesión en Landfall',
  });
  expect(mail?.html).toContain(`${redirectUri}#token=${token}`);

  const used = (name: Name) => [
    ...new Set(asked.filter(({ principal }) => principal === roleOf(name)).map(({ action }) => action)),
  ];
  expect(used('auth-challenge-create')).toEqual(['lambda:InvokeFunction']);
  expect(used('magic-link-sender').sort()).toEqual(['dynamodb:PutItem', 'kms:GenerateMac', 'ses:SendEmail']);
  expect(used('auth-challenge-verify').sort()).toEqual(['dynamodb:UpdateItem', 'kms:VerifyMac']);
  expect(logged.join('\n')).not.toMatch(new RegExp(`${username}@example.com|${token}`));
});

it('one of 50 redemptions at once succeeds', async () => {
  const username = randomUUID();
  await create(username, { userAttributes: userAttributes(username), clientMetadata: { redirectUri } });
  const token = await mailedToken(username);
  const answers = await Promise.all(Array.from({ length: 50 }, () => verify(username, token)));
  expect(answers.filter(({ answerCorrect }) => answerCorrect)).toHaveLength(1);
});

it('a user who does not exist gets the same challenge, and nobody gets a mail', async () => {
  const before = mails.length;
  const [known, unknown] = [randomUUID(), 'nobody@example.com'];
  const clientMetadata = { redirectUri };
  const one = await create(known, {
    userAttributes: userAttributes(known),
    userNotFound: false,
    clientMetadata,
  });
  const other = await create(unknown, { userAttributes: {}, userNotFound: true, clientMetadata });
  await mailedToken(known);
  expect(other).toEqual({ ...one, privateChallengeParameters: { attempt: expect.any(String) } });
  expect(mails.length).toBe(before + 1);
});

it('an answer that is no token is wrong, and asks nobody', async () => {
  const before = asked.length;
  expect(await verify(randomUUID(), 'send')).toEqual({ answerCorrect: false });
  expect(asked).toHaveLength(before);
});

it('the rules ask for the challenge and then give tokens', async () => {
  const define = (session: object[]) =>
    ask('auth-challenge-define', 'DefineAuthChallenge_Authentication', 'someone', {
      userAttributes: {},
      session,
    });
  expect(await define([])).toMatchObject({ challengeName: 'CUSTOM_CHALLENGE', issueTokens: false });
  const right = [
    { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true, challengeMetadata: 'MAGIC_LINK' },
  ];
  expect(await define(right)).toEqual({ issueTokens: true, failAuthentication: false });
});

it.each(['PreSignUp_SignUp', 'PreSignUp_AdminCreateUser', 'PreSignUp_ExternalProvider'])(
  '%s lets addresses of the configured domains in only',
  async (source) => {
    const signUp = (email: string) => ask('pre-sign-up', source, randomUUID(), { userAttributes: { email } });
    expect(await signUp('user@EXAMPLE.org')).toEqual({});
    expect(await signUp('user@evil.example')).toBe(
      'Please use an e-mail address that ends in @example.com or @example.org',
    );
  },
);

it('whom Supabase vouches for gets the attributes of a migrated user, as Cognito wants them', async () => {
  const { id, email } = supabase.addUser({ password: 'Correct-horse-7', user_metadata: { name: 'Ada' } });
  const migrated = {
    userAttributes: {
      email,
      email_verified: 'true',
      name: 'Ada',
      'custom:legacy_issuer': `${supabase.url}/auth/v1`,
      'custom:legacy_subject': id,
    },
    messageAction: 'SUPPRESS',
  };
  const signIn = (password: string) =>
    ask('user-migration', 'UserMigration_Authentication', email, { password });
  expect(await signIn('Correct-horse-7')).toEqual({ ...migrated, finalUserStatus: 'CONFIRMED' });
  expect(await signIn('wrong')).toBe('Incorrect user name or password');
  expect(await ask('user-migration', 'UserMigration_ForgotPassword', email, {})).toEqual(migrated);
  expect(logged.join('\n')).not.toMatch(new RegExp(`${email}|Correct-horse-7|${supabase.serviceRoleKey}`));
});

it('without the database a token lacks its claim, and somebody who came from elsewhere gets none', async () => {
  const token = (attributes: Record<string, string>) =>
    ask('pre-token-generation', 'TokenGeneration_RefreshTokens', 'someone', {
      userAttributes: { ...userAttributes('someone'), ...attributes },
      groupConfiguration: {},
    });
  expect(await token({})).toEqual({});
  expect(await token({ 'custom:legacy_issuer': 'https://old.example', 'custom:legacy_subject': 'x' })).toBe(
    'Signing in is not possible right now, please try again',
  );
});

it('a new password by code registers nobody, and a confirmation goes on without the database', async () => {
  const confirmed = (source: string) =>
    ask('post-confirmation', source, 'someone', { userAttributes: userAttributes('someone') });
  const failures = () => logged.filter((line) => line.includes('confirmed but not registered')).length;
  expect(await confirmed('PostConfirmation_ConfirmForgotPassword')).toEqual({});
  expect(failures()).toBe(0);
  expect(await confirmed('PostConfirmation_ConfirmSignUp')).toEqual({});
  expect(failures()).toBe(1);
});

it.each([
  ['no source of users', {}],
  ['a source without its key', { LEGACY_SUPABASE_URL: 'https://old.supabase.co' }],
  [
    'a source that anybody on the way can listen to',
    { LEGACY_SUPABASE_URL: 'http://old.supabase.co', LEGACY_SUPABASE_SECRET_ARN: 'arn' },
  ],
])('a migration does not start with %s', async (_, environment) => {
  const complete = { LEGACY_ISSUER: 'https://old.example', MIGRATION_UNTIL: '2100-01-01', ...environment };
  await expect(invokeBundle(path.join(directory, 'lambdas', 'user-migration'), complete)).rejects.toThrow(
    /The function's environment is incomplete.*(?:LEGACY_SUPABASE_SECRET_ARN|expected https)/,
  );
});
