import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CLIENT, claimsOf, error, Password, type RunningPool, startPool, wrong } from './running-pool';

let pool: RunningPool;
let aws: RunningPool['aws'];
let client: RunningPool['client'];
let UserPoolId: string;
let ClientId: string;
let signUp: RunningPool['signUp'];
let confirm: RunningPool['confirm'];
let signIn: RunningPool['signIn'];
let user: RunningPool['user'];
let tokensOf: RunningPool['tokensOf'];
let mailTo: RunningPool['mailTo'];

beforeAll(async () => {
  pool = await startPool();
  ({ aws, client, UserPoolId, ClientId, signUp, confirm, signIn, user, tokensOf, mailTo } = pool);
});
afterEach(() => {
  aws.offset = 0;
});
afterAll(() => pool.stop());

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
