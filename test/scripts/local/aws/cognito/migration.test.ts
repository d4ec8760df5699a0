import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AdminInitiateAuthCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { type DeployedPool, deployPool } from './deployed-pool';
import { claimsOf, error } from './running-pool';

let pool: DeployedPool;
/** Shorter than the policy of the pool allows. */
const OLD_PASSWORD = 'old-one';

const rules = {
  UserMigration_Authentication: `
    const { userName, request, response } = event;
    if (userName.startsWith('stranger') || request.password !== '${OLD_PASSWORD}') throw new Error('Bad password');
    response.userAttributes = { email: userName, email_verified: 'true', 'custom:plan': 'legacy' };
    if (userName.startsWith('confirmed')) response.finalUserStatus = 'CONFIRMED';
    if (userName.startsWith('reset')) response.finalUserStatus = 'RESET_REQUIRED';
    if (userName.startsWith('undeclared')) response.userAttributes['custom:absent'] = 'x';
    if (userName.startsWith('malformed')) response.finalUserStatus = 'HALF';
    if (userName.startsWith('greeted')) response.desiredDeliveryMediums = ['EMAIL'];
    response.messageAction = userName.startsWith('greeted') ? undefined : 'SUPPRESS';`,
  UserMigration_ForgotPassword: `
    if (event.userName.startsWith('stranger')) throw new Error('Unknown');
    event.response.userAttributes = { email: event.userName, email_verified: 'true' };
    event.response.messageAction = 'SUPPRESS';`,
};

beforeAll(async () => {
  pool = await deployPool({ triggers: ['UserMigration'], rules });
});
beforeEach(() => pool.forgetEvents());
afterAll(() => pool.stop());

const inPool = (email: string) => pool.aws.cognito.pool(pool.UserPoolId).find(email);
const REFUSED = error('NotAuthorizedException', 'Incorrect username or password.');

describe('a user of another directory who signs in by password', () => {
  test('is taken over with it, whatever the policy says, and without a mail', async () => {
    const email = 'confirmed@example.com';
    const { AuthenticationResult } = await pool.client.send(
      new InitiateAuthCommand({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD: OLD_PASSWORD },
        ClientMetadata: { tenant: 'a' },
      }),
    );
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({
      email,
      email_verified: true,
      'custom:plan': 'legacy',
    });
    expect(pool.events('UserMigration_Authentication')).toEqual([
      expect.objectContaining({
        userName: email,
        request: { password: OLD_PASSWORD, validationData: { tenant: 'a' }, userAttributes: null },
        response: {
          userAttributes: null,
          forceAliasCreation: null,
          enableSMSMFA: null,
          finalUserStatus: null,
          messageAction: null,
          desiredDeliveryMediums: null,
        },
      }),
    ]);
    expect(pool.mailTo(email)).toBe('');
    await pool.signIn(email, OLD_PASSWORD);
    await expect(pool.signIn(email, 'Wrong-password-1')).rejects.toEqual(REFUSED);
    expect(pool.events('UserMigration_Authentication')).toHaveLength(1);
  });

  test('is refused like anybody when the function does not know them, or the password is wrong', async () => {
    await expect(pool.signIn('stranger@example.com', OLD_PASSWORD)).rejects.toEqual(REFUSED);
    await expect(pool.signIn('known@example.com', 'Wrong-password-1')).rejects.toEqual(REFUSED);
    expect(inPool('known@example.com')).toBeUndefined();
    await pool.signIn('known@example.com', OLD_PASSWORD);
  });

  test('has to choose a password first where the function says so', async () => {
    await expect(pool.signIn('reset@example.com', OLD_PASSWORD)).rejects.toEqual(
      error('PasswordResetRequiredException'),
    );
    expect(inPool('reset@example.com')).toMatchObject({ status: 'RESET_REQUIRED' });
  });

  test('is one user when they sign in many times at once', async () => {
    const attempts = Array.from({ length: 6 }, () => pool.signIn('parallel@example.com', OLD_PASSWORD));
    const subs = (await Promise.all(attempts)).map(
      ({ AuthenticationResult }) => claimsOf(AuthenticationResult?.IdToken).sub,
    );
    expect(new Set(subs).size).toBe(1);
  });

  test('is not taken over with attributes the pool does not have, nor by an answer that makes no sense', async () => {
    await expect(pool.signIn('undeclared@example.com', OLD_PASSWORD)).rejects.toEqual(
      error('InvalidParameterException', 'custom:absent'),
    );
    await expect(pool.signIn('malformed@example.com', OLD_PASSWORD)).rejects.toEqual(
      error('InvalidLambdaResponseException'),
    );
    await expect(pool.signIn('greeted@example.com', OLD_PASSWORD)).rejects.toEqual(
      error('NotImplemented', 'welcome mail'),
    );
    expect(inPool('undeclared@example.com')).toBeUndefined();
  });

  test('is taken over by the flow of an administrator too, and by no flow that does not send the password', async () => {
    const USERNAME = 'by-admin@example.com';
    await pool.client.send(
      new AdminInitiateAuthCommand({
        UserPoolId: pool.UserPoolId,
        ClientId: pool.ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD: OLD_PASSWORD },
      }),
    );
    expect(inPool(USERNAME)).toBeDefined();
    const { id } = await pool.aws.cognito.createClient({
      key: 'auth/Srp',
      poolId: pool.UserPoolId,
      properties: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'], PreventUserExistenceErrors: 'ENABLED' },
    });
    await pool.client.send(
      new InitiateAuthCommand({
        ClientId: id,
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters: { USERNAME: 'by-srp@example.com', SRP_A: 'abcdef' },
      }),
    );
    expect(pool.events('UserMigration_Authentication').map(({ userName }) => userName)).toEqual([USERNAME]);
  });
});

describe('a user of another directory who forgot the password', () => {
  const forgot = (Username: string) =>
    pool.client.send(
      new ForgotPasswordCommand({ ClientId: pool.ClientId, Username, ClientMetadata: { page: 'forgot' } }),
    );

  test('is taken over without one, and sets it by code', async () => {
    const Username = 'forgetful@example.com';
    await forgot(Username);
    expect(pool.events('UserMigration_ForgotPassword')).toEqual([
      expect.objectContaining({
        userName: Username,
        request: {
          password: null,
          validationData: null,
          userAttributes: null,
          clientMetadata: { page: 'forgot' },
        },
      }),
    ]);
    await pool.client.send(
      new ConfirmForgotPasswordCommand({
        ClientId: pool.ClientId,
        Username,
        ConfirmationCode: pool.mailTo(Username),
        Password: 'Another-horse-2',
      }),
    );
    await pool.signIn(Username, 'Another-horse-2');
  });

  test('gets the answer everybody gets when the function does not know them', async () => {
    expect(await forgot('stranger@example.com')).toMatchObject({
      CodeDeliveryDetails: { Destination: 's***@e***' },
    });
    expect(pool.mailTo('stranger@example.com')).toBe('');
    expect(inPool('stranger@example.com')).toBeUndefined();
  });
});

test('the old password is nowhere on disk or in the log', async () => {
  await pool.signIn('disk@example.com', OLD_PASSWORD);
  const file = path.join(pool.aws.directory, 'cognito', `${pool.UserPoolId}.jsonl`);
  const stored = await readFile(file, 'utf8');
  expect(stored).toContain('disk@example.com');
  expect(stored + pool.aws.logs.join('\n')).not.toContain(OLD_PASSWORD);
});
