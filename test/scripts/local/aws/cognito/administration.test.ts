import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserAttributesCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AdminUserGlobalSignOutCommand,
  ConfirmForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { allow, deny } from '../../../../support/decisions';
import { claimsOf, error, Password, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;
let aws: RunningPool['aws'];
let client: RunningPool['client'];
let UserPoolId: string;
let ClientId: string;
let signIn: RunningPool['signIn'];
let signUp: RunningPool['signUp'];
let user: RunningPool['user'];
let tokensOf: RunningPool['tokensOf'];
let mailTo: RunningPool['mailTo'];

beforeAll(async () => {
  pool = await startPool();
  ({ aws, client, UserPoolId, ClientId, signIn, signUp, user, tokensOf, mailTo } = pool);
});
afterEach(() => {
  aws.offset = 0;
});
afterAll(() => pool.stop());

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
      action === 'cognito-idp:AdminGetUser' && resource.endsWith(`userpool/${UserPoolId}`) ? deny : allow;
    await expect(client.send(new AdminGetUserCommand(target('first@example.com')))).rejects.toEqual(
      error('AccessDeniedException'),
    );
    aws.decide = async () => allow;
  });
});

describe('accounts that an administrator changes', () => {
  const target = (Username: string) => ({ UserPoolId, Username });
  const statusOf = async (name: string) =>
    (await client.send(new AdminGetUserCommand(target(name)))).UserStatus;

  test('are invited once more, with another password and more time', async () => {
    const name = 'again@example.com';
    const resend = (Username = name) =>
      client.send(new AdminCreateUserCommand({ ...target(Username), MessageAction: 'RESEND' }));
    await expect(resend()).rejects.toEqual(error('UserNotFoundException'));
    await client.send(new AdminCreateUserCommand(target(name)));
    const first = mailTo(name);
    aws.offset = 8 * 86_400_000;
    await expect(signIn(name, first)).rejects.toEqual(error('NotAuthorizedException', 'has expired'));
    aws.offset = 0;
    await resend();
    const second = mailTo(name);
    expect(second).not.toBe(first);
    await expect(signIn(name, first)).rejects.toEqual(error('NotAuthorizedException', 'Incorrect'));
    expect(await signIn(name, second)).toMatchObject({ ChallengeName: 'NEW_PASSWORD_REQUIRED' });
    const confirmed = await user('confirmed@example.com');
    await expect(resend(confirmed)).rejects.toEqual(error('UnsupportedUserStateException'));
  });

  test('have no password hash while nobody was told a password', async () => {
    const name = 'silent@example.com';
    await client.send(new AdminCreateUserCommand({ ...target(name), MessageAction: 'SUPPRESS' }));
    expect(await statusOf(name)).toBe('FORCE_CHANGE_PASSWORD');
    expect(aws.cognito.pool(UserPoolId).find(name)?.password).toBeUndefined();
    await expect(signIn(name, '')).rejects.toEqual(error('NotAuthorizedException', 'Incorrect'));
  });

  test('are confirmed without the code', async () => {
    await signUp('unread@example.com');
    await client.send(new AdminConfirmSignUpCommand(target('unread@example.com')));
    await signIn('unread@example.com');
    await expect(client.send(new AdminConfirmSignUpCommand(target('unread@example.com')))).rejects.toEqual(
      error('NotAuthorizedException', 'Current status is CONFIRMED'),
    );
  });

  test('are reset: the password is over, and a code sets the next', async () => {
    const name = await user('reset@example.com');
    await client.send(new AdminResetUserPasswordCommand(target(name)));
    expect(await statusOf(name)).toBe('RESET_REQUIRED');
    await expect(signIn(name)).rejects.toEqual(error('PasswordResetRequiredException'));
    await client.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username: name,
        ConfirmationCode: mailTo(name),
        Password: 'Another-horse-2',
      }),
    );
    await signIn(name, 'Another-horse-2');
  });

  test('are signed out everywhere', async () => {
    const name = await user('out@example.com');
    const { AccessToken } = await tokensOf(name);
    await client.send(new AdminUserGlobalSignOutCommand(target(name)));
    await expect(client.send(new GetUserCommand({ AccessToken }))).rejects.toEqual(
      error('NotAuthorizedException', 'revoked'),
    );
  });

  test('lose attributes', async () => {
    const name = await user('attributes@example.com');
    await client.send(
      new AdminUpdateUserAttributesCommand({
        ...target(name),
        UserAttributes: [{ Name: 'name', Value: 'Ann' }],
      }),
    );
    await client.send(
      new AdminDeleteUserAttributesCommand({ ...target(name), UserAttributeNames: ['name'] }),
    );
    const { UserAttributes } = await client.send(new AdminGetUserCommand(target(name)));
    expect(UserAttributes?.map(({ Name }) => Name)).not.toContain('name');
  });
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
