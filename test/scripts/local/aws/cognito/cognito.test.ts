import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  ListUserImportJobsCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';

const POOL = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Policies: {
    PasswordPolicy: {
      MinimumLength: 12,
      RequireLowercase: true,
      RequireUppercase: true,
      RequireNumbers: true,
      RequireSymbols: false,
    },
  },
  Schema: [
    { Name: 'email', Required: true, Mutable: true },
    { Name: 'plan', AttributeDataType: 'String' },
  ],
};
const CLIENT = {
  ExplicitAuthFlows: [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    'ALLOW_REFRESH_TOKEN_AUTH',
  ],
  PreventUserExistenceErrors: 'ENABLED',
  IdTokenValidity: 30,
  AccessTokenValidity: 15,
  RefreshTokenValidity: 1,
  TokenValidityUnits: { IdToken: 'minutes', AccessToken: 'minutes', RefreshToken: 'days' },
};
const Password = 'Correct-horse-1';

let aws: RunningEndpoint;
let client: CognitoIdentityProviderClient;
let UserPoolId: string;
let ClientId: string;

async function declare(endpoint: RunningEndpoint) {
  const pool = await endpoint.cognito.createUserPool({ key: 'auth/UserPool', properties: POOL });
  const web = await endpoint.cognito.createClient({
    key: 'auth/WebClient',
    poolId: pool.id,
    properties: CLIENT,
  });
  return { pool, web };
}

beforeAll(async () => {
  aws = await startEndpoint();
  client = new CognitoIdentityProviderClient(aws.client);
  const { pool, web } = await declare(aws);
  UserPoolId = pool.id;
  ClientId = web.id;
});
afterEach(() => {
  aws.offset = 0;
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const signUp = (Username: string, more = {}) =>
  client.send(new SignUpCommand({ ClientId, Username, Password, ...more }));
const confirm = (Username: string, ConfirmationCode: string) =>
  client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
const signIn = (USERNAME: string, PASSWORD = Password) =>
  client.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD },
    }),
  );
const refresh = (token: string | undefined, more = {}) =>
  client.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: token ?? '' },
      ...more,
    }),
  );
const mailTo = (address: string) => aws.mails.filter(({ to }) => to === address).at(-1)?.code ?? '';
const wrong = (code: string) => (code === '000000' ? '111111' : '000000');
async function user(email: string) {
  await signUp(email);
  await confirm(email, mailTo(email));
  return email;
}
const tokensOf = async (email: string) => {
  const { AuthenticationResult } = await signIn(email);
  if (!AuthenticationResult) throw new Error('no tokens');
  return AuthenticationResult;
};
const claimsOf = (token: string | undefined) =>
  JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString());
const error = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringContaining(message) }) });

test('ids look like Cognito’s and follow from the logical resource', () => {
  expect(UserPoolId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
  expect(ClientId).toMatch(/^[a-z0-9]{26}$/);
  expect(aws.cognito.poolIdOf('auth/UserPool')).toBe(UserPoolId);
  expect(aws.cognito.poolIdOf('other/UserPool')).not.toBe(UserPoolId);
});

describe('signing up', () => {
  test('sends a code, and signing in works once it is confirmed', async () => {
    const answer = await signUp('First@Example.com');
    expect(answer).toMatchObject({
      UserConfirmed: false,
      CodeDeliveryDetails: { Destination: 'f***@e***', DeliveryMedium: 'EMAIL' },
    });
    await expect(signIn('first@example.com')).rejects.toEqual(error('UserNotConfirmedException'));
    const code = mailTo('first@example.com');
    expect(code).toMatch(/^\d{6}$/);
    await expect(confirm('first@example.com', wrong(code))).rejects.toEqual(error('CodeMismatchException'));
    await confirm('first@example.com', code);
    expect(claimsOf((await tokensOf('FIRST@example.com')).IdToken)).toMatchObject({
      sub: answer.UserSub,
      email: 'first@example.com',
      email_verified: true,
    });
    await expect(confirm('first@example.com', code)).rejects.toEqual(
      error('NotAuthorizedException', 'Current status is CONFIRMED'),
    );
  });

  test.each([
    ['Short-1', 'not long enough'],
    ['without-uppercase-1', 'uppercase'],
    ['WITHOUT-LOWERCASE-1', 'lowercase'],
    ['Without-a-number', 'numeric'],
  ])('refuses the password %s', async (weak, message) => {
    await expect(signUp('weak@example.com', { Password: weak })).rejects.toEqual(
      error('InvalidPasswordException', message),
    );
  });

  test('refuses names that are taken or no address, and attributes nobody declared or may write', async () => {
    await user('taken@example.com');
    await expect(signUp('Taken@Example.com')).rejects.toEqual(error('UsernameExistsException'));
    await expect(signUp('no-address')).rejects.toEqual(
      error('InvalidParameterException', 'should be an email'),
    );
    const attribute = (Name: string, Value: string) =>
      signUp('attributes@example.com', { UserAttributes: [{ Name, Value }] });
    await expect(attribute('custom:role', 'admin')).rejects.toEqual(
      error('InvalidParameterException', 'custom:role'),
    );
    await expect(attribute('email_verified', 'true')).rejects.toEqual(
      error('NotAuthorizedException', 'unauthorized attribute'),
    );
    await expect(attribute('sub', 'chosen')).rejects.toEqual(error('NotAuthorizedException'));
    await attribute('custom:plan', 'free');
  });

  test('makes one user when the same address signs up many times at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => signUp('race@example.com')));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('ends codes after a day, after five guesses, and with the next code', async () => {
    await signUp('codes@example.com');
    const first = mailTo('codes@example.com');
    await client.send(new ResendConfirmationCodeCommand({ ClientId, Username: 'codes@example.com' }));
    const second = mailTo('codes@example.com');
    if (first !== second)
      await expect(confirm('codes@example.com', first)).rejects.toEqual(error('CodeMismatchException'));
    aws.offset = 25 * 3600_000;
    await expect(confirm('codes@example.com', second)).rejects.toEqual(error('ExpiredCodeException'));
    aws.offset = 0;
    for (let i = 0; i < 5; i++) await confirm('codes@example.com', wrong(second)).catch(() => undefined);
    await expect(confirm('codes@example.com', second)).rejects.toEqual(error('LimitExceededException'));
  });
});

describe('tokens', () => {
  test('are accepted by aws-jwt-verify with the keys of the endpoint, each for its use', async () => {
    const email = await user('tokens@example.com');
    const tokens = await tokensOf(email);
    const fetcher = {
      fetch: async (uri: string) =>
        (await fetch(uri.replace('https://cognito-idp.us-east-1.amazonaws.com', aws.url))).arrayBuffer(),
    };
    const verify = (tokenUse: 'id' | 'access', token = '') =>
      CognitoJwtVerifier.create(
        { userPoolId: UserPoolId, clientId: ClientId, tokenUse },
        { jwksCache: new SimpleJwksCache({ fetcher }) },
      ).verify(token);
    const id = await verify('id', tokens.IdToken);
    const access = await verify('access', tokens.AccessToken);
    const shared = {
      iss: `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`,
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      origin_jti: expect.any(String),
      event_id: expect.any(String),
      jti: expect.any(String),
      auth_time: expect.any(Number),
    };
    expect(id).toEqual({
      ...shared,
      aud: ClientId,
      token_use: 'id',
      email,
      email_verified: true,
      'cognito:username': id.sub,
      iat: expect.any(Number),
      exp: id.iat + 1800,
    });
    expect(access).toEqual({
      ...shared,
      client_id: ClientId,
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      username: id.sub,
      iat: expect.any(Number),
      exp: access.iat + 900,
    });
    expect(access.origin_jti).toBe(id.origin_jti);
    await expect(verify('id', tokens.AccessToken)).rejects.toThrow();
    await expect(verify('access', tokens.IdToken)).rejects.toThrow();
    await expect(verify('id', `${tokens.IdToken?.slice(0, -6)}AAAAAA`)).rejects.toThrow();
    expect(tokens).toMatchObject({ ExpiresIn: 900, TokenType: 'Bearer' });
  });

  test('are announced by the OpenID configuration of the pool', async () => {
    const configuration = await (
      await fetch(`${aws.url}/${UserPoolId}/.well-known/openid-configuration`)
    ).json();
    expect(configuration).toMatchObject({
      issuer: `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
    expect((await fetch(`${aws.url}/us-east-1_AAAAAAAAA/.well-known/jwks.json`)).status).toBe(403);
  });

  test('are refreshed, without a new refresh token, until it expires or is revoked', async () => {
    const email = await user('refresh@example.com');
    const tokens = await tokensOf(email);
    const { AuthenticationResult: again } = await refresh(tokens.RefreshToken);
    expect(again?.RefreshToken).toBeUndefined();
    const [before, after] = [claimsOf(tokens.IdToken), claimsOf(again?.IdToken)];
    expect([after.origin_jti, after.auth_time, after.sub]).toEqual([
      before.origin_jti,
      before.auth_time,
      before.sub,
    ]);
    expect(after.jti).not.toBe(before.jti);
    await expect(refresh('nonsense')).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Refresh Token'),
    );
    aws.offset = 86_401_000;
    await expect(refresh(tokens.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'expired'));
    aws.offset = 0;
    const others = await tokensOf(email);
    await client.send(new RevokeTokenCommand({ ClientId, Token: others.RefreshToken }));
    await expect(refresh(others.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'revoked'));
    await expect(client.send(new GetUserCommand({ AccessToken: others.AccessToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'revoked'),
    );
    await client.send(new RevokeTokenCommand({ ClientId, Token: 'unknown' }));
  });

  test('belong to their client', async () => {
    const other = await aws.cognito.createClient({
      key: 'auth/Other',
      poolId: UserPoolId,
      properties: CLIENT,
    });
    const { RefreshToken } = await tokensOf(await user('client@example.com'));
    await expect(refresh(RefreshToken, { ClientId: other.id })).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Refresh Token'),
    );
  });

  test('of access read their user, until all are signed out', async () => {
    const email = await user('everywhere@example.com');
    const [one, two] = [await tokensOf(email), await tokensOf(email)];
    const { UserAttributes = [] } = await client.send(new GetUserCommand({ AccessToken: one.AccessToken }));
    expect(UserAttributes).toContainEqual({ Name: 'email', Value: email });
    await expect(client.send(new GetUserCommand({ AccessToken: one.IdToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid Access Token'),
    );
    await client.send(new GlobalSignOutCommand({ AccessToken: one.AccessToken }));
    await expect(client.send(new GetUserCommand({ AccessToken: two.AccessToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'revoked'),
    );
    await expect(refresh(two.RefreshToken)).rejects.toEqual(error('NotAuthorizedException', 'revoked'));
  });

  test('with the algorithm none, or a key of one’s own, are refused', async () => {
    const { AccessToken = '' } = await tokensOf(await user('forged@example.com'));
    const [, body = '', signature = ''] = AccessToken.split('.');
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
    for (const forged of [
      `${head({ alg: 'none' })}.${body}.`,
      `${head({ alg: 'RS256', kid: 'x' })}.${body}.${signature}`,
    ])
      await expect(client.send(new GetUserCommand({ AccessToken: forged }))).rejects.toEqual(
        error('NotAuthorizedException'),
      );
  });
});

describe('nobody learns who has an account', () => {
  test('from the answer to a sign-in', async () => {
    const email = await user('known@example.com');
    const [known, unknown] = await Promise.all(
      [signIn(email, 'Wrong-password-1'), signIn('unknown@example.com', 'Wrong-password-1')].map((attempt) =>
        attempt.catch((failure) => failure),
      ),
    );
    expect([unknown.name, unknown.message]).toEqual([known.name, known.message]);
    expect(known.message).toBe('Incorrect username or password.');
  });

  test('from the answer to a forgotten password, and no mail is sent', async () => {
    const answer = await client.send(
      new ForgotPasswordCommand({ ClientId, Username: 'unknown@example.com' }),
    );
    expect(answer.CodeDeliveryDetails).toMatchObject({ Destination: 'u***@e***' });
    expect(mailTo('unknown@example.com')).toBe('');
  });

  test('unless the client says LEGACY', async () => {
    const { id } = await aws.cognito.createClient({
      key: 'auth/Legacy',
      poolId: UserPoolId,
      properties: { ...CLIENT, PreventUserExistenceErrors: 'LEGACY' },
    });
    const attempt = new InitiateAuthCommand({
      ClientId: id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'unknown@example.com', PASSWORD: Password },
    });
    await expect(client.send(attempt)).rejects.toEqual(error('UserNotFoundException'));
  });
});

describe('a password', () => {
  test('is forgotten and set anew by code; the old one is over', async () => {
    const email = await user('forgot@example.com');
    await client.send(new ForgotPasswordCommand({ ClientId, Username: email }));
    const reset = (ConfirmationCode: string, next = 'Another-horse-2') =>
      client.send(
        new ConfirmForgotPasswordCommand({ ClientId, Username: email, ConfirmationCode, Password: next }),
      );
    const code = mailTo(email);
    await expect(reset(wrong(code))).rejects.toEqual(error('CodeMismatchException'));
    await expect(reset(code, 'weak')).rejects.toEqual(error('InvalidPasswordException'));
    await reset(code);
    await expect(reset(code)).rejects.toEqual(error('ExpiredCodeException'));
    await expect(signIn(email)).rejects.toEqual(error('NotAuthorizedException'));
    await signIn(email, 'Another-horse-2');
  });

  test('is changed by who knows it', async () => {
    const { AccessToken } = await tokensOf(await user('change@example.com'));
    const change = (PreviousPassword: string) =>
      client.send(
        new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword: 'Another-horse-2' }),
      );
    await expect(change('Wrong-password-1')).rejects.toEqual(error('NotAuthorizedException'));
    await change(Password);
    await signIn('change@example.com', 'Another-horse-2');
  });

  test('is nowhere on disk or in the log', async () => {
    await user('disk@example.com');
    const stored = await readFile(path.join(aws.directory, 'cognito', `${UserPoolId}.jsonl`), 'utf8');
    expect(stored).toContain('disk@example.com');
    expect(stored + aws.logs.join('\n')).not.toContain(Password);
  });
});

describe('an administrator', () => {
  const target = (Username: string) => ({ UserPoolId, Username });

  test('invites a user, who must choose a password at the first sign-in', async () => {
    const { User } = await client.send(
      new AdminCreateUserCommand({
        ...target('invited@example.com'),
        UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
      }),
    );
    expect(User).toMatchObject({ UserStatus: 'FORCE_CHANGE_PASSWORD', Enabled: true });
    const challenge = await signIn('invited@example.com', mailTo('invited@example.com'));
    expect(challenge).toMatchObject({ ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: expect.any(String) });
    const respond = (NEW_PASSWORD: string, Session = challenge.Session) =>
      client.send(
        new RespondToAuthChallengeCommand({
          ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session,
          ChallengeResponses: { USERNAME: 'invited@example.com', NEW_PASSWORD },
        }),
      );
    await expect(respond('weak')).rejects.toEqual(error('InvalidPasswordException'));
    await expect(respond(Password, 'x'.repeat(20))).rejects.toEqual(error('NotAuthorizedException'));
    expect((await respond(Password)).AuthenticationResult?.IdToken).toBeDefined();
    await expect(respond(Password)).rejects.toEqual(error('NotAuthorizedException'));
    await signIn('invited@example.com');
  });

  test('creates without a mail, sets passwords, signs in for a user, disables, deletes', async () => {
    const name = 'managed@example.com';
    await client.send(new AdminCreateUserCommand({ ...target(name), MessageAction: 'SUPPRESS' }));
    expect(mailTo(name)).toBe('');
    await client.send(new AdminSetUserPasswordCommand({ ...target(name), Password, Permanent: true }));
    expect(await client.send(new AdminGetUserCommand(target(name)))).toMatchObject({
      UserStatus: 'CONFIRMED',
    });
    const initiate = {
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' as const,
      AuthParameters: { USERNAME: name, PASSWORD: Password },
    };
    await client.send(new AdminInitiateAuthCommand({ UserPoolId, ...initiate }));
    await expect(client.send(new InitiateAuthCommand(initiate))).rejects.toEqual(
      error('InvalidParameterException', 'not enabled'),
    );
    await client.send(new AdminDisableUserCommand(target(name)));
    await expect(signIn(name)).rejects.toEqual(error('NotAuthorizedException', 'disabled'));
    await client.send(new AdminDeleteUserCommand(target(name)));
    await expect(client.send(new AdminGetUserCommand(target(name)))).rejects.toEqual(
      error('UserNotFoundException'),
    );
  });

  test('needs credentials, and the grant on the pool', async () => {
    const response = await fetch(aws.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.AdminGetUser' },
      body: JSON.stringify(target('first@example.com')),
    });
    expect(response.status).toBe(403);
    aws.decide = async ({ action, resource }) =>
      action === 'cognito-idp:AdminGetUser' && resource.endsWith(`userpool/${UserPoolId}`) ? 'deny' : 'allow';
    await expect(client.send(new AdminGetUserCommand(target('first@example.com')))).rejects.toEqual(
      error('AccessDeniedException'),
    );
    aws.decide = async () => 'allow';
  });
});

describe('a client', () => {
  test('signs in by the flows it declares alone', async () => {
    const { id } = await aws.cognito.createClient({
      key: 'auth/Srp',
      poolId: UserPoolId,
      properties: { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
    });
    const attempt = new InitiateAuthCommand({
      ClientId: id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'a', PASSWORD: 'b' },
    });
    await expect(client.send(attempt)).rejects.toEqual(
      error('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client'),
    );
    await expect(signUp('x@example.com', { ClientId: 'absent' })).rejects.toEqual(
      error('ResourceNotFoundException'),
    );
  });

  test('with a secret proves that it has it', async () => {
    const { id, secret = '' } = await aws.cognito.createClient({
      key: 'auth/Secret',
      poolId: UserPoolId,
      properties: { ...CLIENT, GenerateSecret: true },
    });
    const Username = await user('secret@example.com');
    const attempt = (SECRET_HASH?: string) =>
      client.send(
        new InitiateAuthCommand({
          ClientId: id,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: Password, ...(SECRET_HASH && { SECRET_HASH }) },
        }),
      );
    await expect(attempt()).rejects.toEqual(error('NotAuthorizedException', 'SECRET_HASH was not received'));
    await expect(attempt('wrong')).rejects.toEqual(
      error('NotAuthorizedException', 'Unable to verify secret hash'),
    );
    await attempt(
      createHmac('sha256', secret)
        .update(Username + id)
        .digest('base64'),
    );
  });

  test('or pool that declares what cannot run here is refused by name', async () => {
    const pool = (properties: object) => aws.cognito.createUserPool({ key: 'refused', properties });
    await expect(pool({ MfaConfiguration: 'ON' })).rejects.toThrow(
      /refused.*\n.*MfaConfiguration|MfaConfiguration/s,
    );
    await expect(pool({ LambdaConfig: { CustomEmailSender: {} } })).rejects.toThrow('CustomEmailSender');
    await expect(
      aws.cognito.createClient({
        key: 'refused',
        poolId: UserPoolId,
        properties: { AnalyticsConfiguration: {} },
      }),
    ).rejects.toThrow('AnalyticsConfiguration');
    await expect(client.send(new ListUserImportJobsCommand({ UserPoolId, MaxResults: 1 }))).rejects.toEqual(
      error('NotImplemented', 'cognito-idp ListUserImportJobs'),
    );
  });
});

test('users, tokens and keys survive a kill: the next process knows all that was answered', async () => {
  const email = await user('kept@example.com');
  const tokens = await tokensOf(email);
  const again = await aws.restart();
  const { pool, web } = await declare(again);
  expect([pool.id, web.id]).toEqual([UserPoolId, ClientId]);
  expect(again.cognito.jwks(UserPoolId)).toEqual(aws.cognito.jwks(UserPoolId));
  const next = new CognitoIdentityProviderClient(again.client);
  await next.send(new GetUserCommand({ AccessToken: tokens.AccessToken }));
  await next.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken ?? '' },
    }),
  );
  await next.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: Password },
    }),
  );
  next.destroy();
  await again.close();
});

test('the local runtime makes its example user again and again, and signs in for it', async () => {
  const make = () =>
    aws.cognito.adminCreateConfirmedUser({
      poolId: UserPoolId,
      email: 'user@example.com',
      password: Password,
    });
  const [first, second] = [await make(), await make()];
  expect(second.sub).toBe(first.sub);
  const { IdToken } = await aws.cognito.signIn({ clientId: ClientId, email: 'user@example.com' });
  expect(claimsOf(IdToken)).toMatchObject({
    sub: first.sub,
    email: 'user@example.com',
    email_verified: true,
    aud: ClientId,
  });
  await signIn('user@example.com');
});
