import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { addressHash } from '../../lambdas/magic-link/source-address';
import type { Principal } from '../../scripts/local/aws/authentication';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { expectExercised } from '../support/exercised';
import { DocumentsClient } from './documents-client';
import { MagicLinkClient } from './magic-link-client';

const stateDirectory = mkdtempSync(path.join(tmpdir(), 'landfall-magic-link-'));
let runtime: Runtime;
let client: MagicLinkClient;

beforeAll(async () => {
  runtime = await startRuntime({ port: 0, stateDirectory, assembly: assemblyDirectory('local-platform') });
  client = new MagicLinkClient(runtime);
}, 240_000);

afterAll(async () => {
  await runtime?.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

let users = 0;
/** Address of a user who exists and has confirmed it. */
async function newUser(): Promise<string> {
  const email = `magic-${++users}@example.com`;
  await runtime.identity.token(email);
  return email;
}

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

test('a person asks for a link, follows it, reaches the API, and cannot use it twice', async () => {
  const email = await newUser();
  expect(await client.request(email, { locale: 'de' })).toMatchObject({ status: 202, body: {} });
  const mail = await client.linkMail(email);
  expect(mail.subject).toMatch(/^Anmelden bei /);
  expect(mail.html).toContain('<html lang="de">');
  expect(mail.link.startsWith(`${client.redirectUri}#token=`)).toBe(true);

  const signedIn = await client.verify(mail.token);
  expect(signedIn).toMatchObject({
    status: 200,
    body: { tokenType: 'Bearer', expiresIn: expect.any(Number) },
  });
  const { idToken, accessToken, refreshToken } = signedIn.body;
  expect(refreshToken).toEqual(expect.any(String));
  expect(claimsOf(idToken)).toMatchObject({
    email,
    'landfall:user_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const list = (token: string) => new DocumentsClient(runtime.url, token).get('/documents');
  expect(await list(idToken)).toMatchObject({ status: 200, body: { items: [] } });
  expect((await list(accessToken)).status).toBe(401);

  expect(await client.verify(mail.token)).toMatchObject({
    status: 401,
    body: { error: { code: 'unauthorized' } },
  });
});

test('one of 50 who follow a link at once is signed in', async () => {
  const email = await newUser();
  await client.request(email);
  const { token } = await client.linkMail(email);
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => (await client.verify(token)).status),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 401)).toHaveLength(49);
}, 120_000);

test('somebody who is not a user gets the same answer, and no mail', async () => {
  const email = await newUser();
  const answers = [await client.request('nobody@example.com'), await client.request(email)];
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [202, {}],
    [202, {}],
  ]);
  await client.linkMail(email);
  expect(await client.mails('nobody@example.com')).toEqual([]);
});

test('a second request within a minute is answered, and mails nothing', async () => {
  const email = await newUser();
  expect((await client.request(email)).status).toBe(202);
  await client.linkMail(email);
  expect((await client.request(email)).status).toBe(202);
  const other = await newUser();
  await client.request(other);
  await client.linkMail(other);
  expect(await client.mails(email)).toHaveLength(1);
});

test('a link leads to no page that is not configured', async () => {
  const email = await newUser();
  for (const redirectUri of [`${client.redirectUri}/x`, 'https://evil.example/']) {
    expect(await client.request(email, { redirectUri })).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request' } },
    });
  }
  expect(await client.mails(email)).toEqual([]);
});

test('a native client asks and answers in one sign-in, by the pool alone', async () => {
  const email = await newUser();
  const cognito = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const ClientId = client.settings.USER_POOL_CLIENT_ID;
  const begun = await cognito.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME: email } }),
  );
  expect(begun).toMatchObject({
    ChallengeName: 'CUSTOM_CHALLENGE',
    ChallengeParameters: { type: 'MAGIC_LINK', sent: 'false' },
  });
  const answer = (Session: string | undefined, ANSWER: string, ClientMetadata?: Record<string, string>) =>
    cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: 'CUSTOM_CHALLENGE',
        Session,
        ChallengeResponses: { USERNAME: begun.ChallengeParameters?.USERNAME ?? email, ANSWER },
        ...(ClientMetadata && { ClientMetadata }),
      }),
    );
  const asked = await answer(begun.Session, 'send', { redirectUri: client.redirectUri });
  expect(asked).toMatchObject({ ChallengeName: 'CUSTOM_CHALLENGE', ChallengeParameters: { sent: 'true' } });
  const { token } = await client.linkMail(email);
  const wrong = await answer(asked.Session, `${token}x`);
  expect(wrong.AuthenticationResult).toBeUndefined();
  const { AuthenticationResult } = await answer(wrong.Session, token);
  const api = new DocumentsClient(runtime.url, AuthenticationResult?.IdToken);
  expect((await api.get('/documents')).status).toBe(200);
  cognito.destroy();
});

// The README asks for curl; the suite asks for nothing but Node, so it goes without where there is none.
// The README's commands need curl, which not every machine has; nothing else here does.
const curl = spawnSync('curl', ['--version']).status === 0 ? test : test.skip;
curl('the commands of the README sign in by a link', async () => {
  const readme = readFileSync(path.resolve(__dirname, '../../README.md'), 'utf8');
  const [, commands = ''] = /Sign in by a mailed link[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  const email = 'user@example.com';
  await runtime.identity.token(email);
  const directory = mkdtempSync(path.join(tmpdir(), 'landfall-readme-'));
  mkdirSync(path.join(directory, '.landfall'));
  // Not spawnSync: the runtime that answers is in this process.
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', `API=${runtime.url}\n${commands}`],
    { cwd: directory },
  );
  expect(stdout).toContain(`"email":"${email}"`);
  expect(stdout).toContain('"status":"preparing"');
  const { idToken } = JSON.parse(readFileSync(path.join(directory, '.landfall', 'tokens.json'), 'utf8'));
  // The last command has signed out everywhere.
  expect(await new DocumentsClient(runtime.url, idToken).get('/me')).toMatchObject({ status: 401 });
  rmSync(directory, { recursive: true });
});

test('an address that has asked as often as it may is refused, for known and unknown users alike', async () => {
  const email = await newUser();
  await spendRequests();
  for (const one of [email, 'nobody@example.com']) {
    expect(await client.request(one)).toMatchObject({
      status: 429,
      body: { error: { code: 'too_many_requests' } },
    });
  }
  expect(await client.mails(email)).toEqual([]);
});

/** Counts what this machine's addresses may ask for in this hour and the next, as the function would. */
async function spendRequests(): Promise<void> {
  const { MAGIC_LINK_TABLE, MAGIC_LINK_REQUESTS_PER_HOUR = '' } = client.settings;
  const role = runtime.functions.definitions.find(
    ({ environment }) => environment === client.settings,
  )?.roleArn;
  const principals: Record<string, Principal> = JSON.parse(
    readFileSync(path.join(stateDirectory, 'principals.json'), 'utf8'),
  );
  const [accessKeyId, principal] =
    Object.entries(principals).find(([, { roleArn }]) => roleArn === role) ?? [];
  if (!accessKeyId || !principal) throw new Error('The function of the magic link has no credentials');
  const dynamodb = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
    credentials: { accessKeyId, ...principal },
  });
  const hour = Math.floor(Date.now() / 3_600_000);
  for (const address of ['127.0.0.1', '::1']) {
    for (const when of [hour, hour + 1]) {
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: MAGIC_LINK_TABLE,
          Key: { pk: { S: `address#${addressHash(address)}#${when}` } },
          UpdateExpression: 'set requests = :limit',
          ExpressionAttributeValues: { ':limit': { N: MAGIC_LINK_REQUESTS_PER_HOUR } },
        }),
      );
    }
  }
  dynamodb.destroy();
}

test('every right that this journey is known to use was used, and nothing else was denied', async () => {
  await expectExercised(runtime, 'magic-link');
});
