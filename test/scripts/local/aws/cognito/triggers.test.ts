import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { type DeployedPool, deployPool } from './deployed-pool';
import { claimsOf, error, Password } from './running-pool';

let pool: DeployedPool;

const rules = {
  PreSignUp_SignUp: `
    const { email } = event.request.userAttributes;
    if (email.endsWith('@refused.example.com')) throw new Error('This domain may not sign up');
    if (email.startsWith('auto')) event.response.autoConfirmUser = true;
    if (email.startsWith('auto-verified')) event.response.autoVerifyEmail = true;
    if (email.startsWith('malformed')) event.response.autoConfirmUser = 'yes';
    if (email.startsWith('nothing')) return null;`,
  PreSignUp_AdminCreateUser: `
    if (event.request.validationData?.reason === 'none') throw new Error('A reason is needed');`,
  PreAuthentication_Authentication: `
    if (event.request.userAttributes.email?.startsWith('blocked')) throw new Error('Blocked');`,
  TokenGeneration_Authentication: `
    event.response.claimsOverrideDetails = {
      claimsToAddOrOverride: { 'landfall:user_id': 'u-1', sub: 'forged', both: 'x', name: 'Overridden' },
      claimsToSuppress: ['both', 'email', 'exp'],
      groupOverrideDetails: { groupsToOverride: [...event.request.groupConfiguration.groupsToOverride, 'extra'] },
    };`,
  CustomMessage_SignUp: `
    event.response.emailSubject = 'Welcome';
    event.response.emailMessage = 'Your code is <b>' + event.request.codeParameter + '</b>.';`,
};

beforeAll(async () => {
  pool = await deployPool({
    triggers: [
      'PreSignUp',
      'PostConfirmation',
      'PreAuthentication',
      'PostAuthentication',
      'PreTokenGeneration',
      'CustomMessage',
    ],
    rules,
    groups: ['admin'],
  });
});
beforeEach(() => pool.forgetEvents());
afterAll(() => pool.stop());

const only = (source: string) => {
  const events = pool.events(source);
  expect(events).toHaveLength(1);
  return events[0];
};

describe('signing up', () => {
  test('asks PreSignUp with the attributes, validation data and metadata, and tells PostConfirmation', async () => {
    const email = 'first@example.com';
    const { UserSub } = await pool.client.send(
      new SignUpCommand({
        ClientId: pool.ClientId,
        Username: email,
        Password,
        UserAttributes: [{ Name: 'name', Value: 'Ann' }],
        ValidationData: [{ Name: 'invite', Value: '42' }],
        ClientMetadata: { campaign: 'spring' },
      }),
    );
    expect(only('PreSignUp_SignUp')).toEqual({
      version: '1',
      triggerSource: 'PreSignUp_SignUp',
      region: 'us-east-1',
      userPoolId: pool.UserPoolId,
      userName: UserSub,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: pool.ClientId },
      request: {
        userAttributes: { email, name: 'Ann' },
        validationData: { invite: '42' },
        clientMetadata: { campaign: 'spring' },
      },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
    expect(pool.events('PostConfirmation_ConfirmSignUp')).toEqual([]);
    await pool.confirm(email, pool.mailTo(email));
    expect(only('PostConfirmation_ConfirmSignUp')).toMatchObject({
      userName: UserSub,
      request: {
        userAttributes: { sub: UserSub, email, email_verified: 'true', 'cognito:user_status': 'CONFIRMED' },
      },
      response: {},
    });
  });

  test('is refused by a function that throws, in its words, and leaves no user', async () => {
    await expect(pool.signUp('ann@refused.example.com')).rejects.toEqual(
      error('UserLambdaValidationException', 'PreSignUp failed with error This domain may not sign up.'),
    );
    expect(pool.aws.cognito.pool(pool.UserPoolId).find('ann@refused.example.com')).toBeUndefined();
  });

  test('is confirmed at once where the function says so, with the address verified only if it says that too', async () => {
    for (const [email, verified] of [
      ['auto@example.com', 'false'],
      ['auto-verified@example.com', 'true'],
    ] as const) {
      expect(await pool.signUp(email)).toMatchObject({ UserConfirmed: true });
      expect(pool.mailTo(email)).toBe('');
      expect(pool.aws.cognito.pool(pool.UserPoolId).find(email)).toMatchObject({
        status: 'CONFIRMED',
        attributes: { email_verified: verified },
      });
    }
    expect(pool.events('PostConfirmation_ConfirmSignUp')).toHaveLength(2);
  });

  test.each(['malformed@example.com', 'nothing@example.com'])(
    'fails when the answer of the function makes no sense (%s)',
    async (email) => {
      await expect(pool.signUp(email)).rejects.toEqual(
        error('InvalidLambdaResponseException', 'Unrecognizable lambda output'),
      );
    },
  );

  test('sends the mail that CustomMessage has written', async () => {
    const email = 'worded@example.com';
    await pool.signUp(email);
    const code = pool.mailTo(email);
    expect(pool.aws.mails.at(-1)).toMatchObject({
      to: email,
      code,
      custom: { subject: 'Welcome', message: `Your code is <b>${code}</b>.` },
    });
    expect(only('CustomMessage_SignUp')?.request).toMatchObject({
      codeParameter: '{####}',
      usernameParameter: null,
      userAttributes: { email, 'cognito:user_status': 'UNCONFIRMED' },
    });
  });
});

describe('an administrator', () => {
  test('creates users through PreSignUp_AdminCreateUser, in the name of no client', async () => {
    const create = (Username: string, reason: string) =>
      pool.client.send(
        new AdminCreateUserCommand({
          UserPoolId: pool.UserPoolId,
          Username,
          MessageAction: 'SUPPRESS',
          ValidationData: [{ Name: 'reason', Value: reason }],
        }),
      );
    await create('made@example.com', 'new');
    expect(only('PreSignUp_AdminCreateUser')?.callerContext.clientId).toBe('CLIENT_ID_NOT_APPLICABLE');
    await expect(create('unmade@example.com', 'none')).rejects.toEqual(
      error('UserLambdaValidationException', 'A reason is needed'),
    );
  });

  test('confirms users, of which PostConfirmation hears', async () => {
    await pool.signUp('by-admin@example.com');
    await pool.client.send(
      new AdminConfirmSignUpCommand({
        UserPoolId: pool.UserPoolId,
        Username: 'by-admin@example.com',
        ClientMetadata: { by: 'admin' },
      }),
    );
    expect(only('PostConfirmation_ConfirmSignUp')?.request.clientMetadata).toEqual({ by: 'admin' });
  });
});

test('a new password after a forgotten one is told to PostConfirmation', async () => {
  const Username = await pool.user('forgot@example.com');
  pool.forgetEvents();
  const { ClientId } = pool;
  await pool.client.send(new ForgotPasswordCommand({ ClientId, Username }));
  only('CustomMessage_ForgotPassword');
  await pool.client.send(
    new ConfirmForgotPasswordCommand({
      ClientId,
      Username,
      ConfirmationCode: pool.mailTo(Username),
      Password: 'Another-horse-2',
    }),
  );
  only('PostConfirmation_ConfirmForgotPassword');
});

describe('signing in', () => {
  const signIn = (email: string, ClientMetadata?: Record<string, string>) =>
    pool.client.send(
      new InitiateAuthCommand({
        ClientId: pool.ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD: Password },
        ClientMetadata,
      }),
    );

  test('hands the metadata of InitiateAuth to PreAuthentication as validation data, and to no other function', async () => {
    const email = await pool.user('metadata@example.com');
    await signIn(email, { device: 'phone' });
    expect(only('PreAuthentication_Authentication')?.request).toEqual({
      userAttributes: expect.objectContaining({ email, 'cognito:user_status': 'CONFIRMED' }),
      userNotFound: false,
      validationData: { device: 'phone' },
    });
    expect(only('PostAuthentication_Authentication')?.request).toEqual({
      userAttributes: expect.objectContaining({ email }),
      newDeviceUsed: false,
    });
    expect(only('TokenGeneration_Authentication')?.request).not.toHaveProperty('clientMetadata');
  });

  test('is refused by PreAuthentication before the password is looked at', async () => {
    const email = await pool.user('blocked@example.com');
    await expect(pool.signIn(email, 'Wrong-password-1')).rejects.toEqual(
      error('UserLambdaValidationException', 'PreAuthentication failed with error Blocked.'),
    );
  });

  test('asks PreAuthentication about unknown names too', async () => {
    await expect(pool.signIn('unknown@example.com')).rejects.toEqual(error('NotAuthorizedException'));
    expect(only('PreAuthentication_Authentication')).toMatchObject({
      userName: 'unknown@example.com',
      request: { userNotFound: true, userAttributes: {} },
    });
  });

  test('puts what PreTokenGeneration says into the ID token, except what verifiers rely on, and groups into both', async () => {
    const email = await pool.user('claims@example.com');
    await pool.client.send(
      new AdminAddUserToGroupCommand({ UserPoolId: pool.UserPoolId, Username: email, GroupName: 'admin' }),
    );
    const tokens = await pool.tokensOf(email);
    const [id, access] = [claimsOf(tokens.IdToken), claimsOf(tokens.AccessToken)];
    expect(only('TokenGeneration_Authentication')?.request).toMatchObject({
      groupConfiguration: { groupsToOverride: ['admin'], iamRolesToOverride: [], preferredRole: null },
      userAttributes: { sub: access.sub, email },
    });
    expect(id).toMatchObject({
      'landfall:user_id': 'u-1',
      name: 'Overridden',
      sub: access.sub,
      exp: expect.any(Number),
      'cognito:groups': ['admin', 'extra'],
    });
    expect(id).not.toHaveProperty('both');
    expect(id).not.toHaveProperty('email');
    expect(access['cognito:groups']).toEqual(['admin', 'extra']);
    expect(access).not.toHaveProperty('landfall:user_id');
  });

  test('names what the tokens are for: a refresh, or a new password, whose metadata it hands on', async () => {
    const { RefreshToken } = await pool.tokensOf(await pool.user('sources@example.com'));
    await pool.client.send(
      new GetTokensFromRefreshTokenCommand({
        ClientId: pool.ClientId,
        RefreshToken,
        ClientMetadata: { tab: '2' },
      }),
    );
    expect(only('TokenGeneration_RefreshTokens')?.request.clientMetadata).toEqual({ tab: '2' });

    const Username = 'invited@example.com';
    await pool.client.send(new AdminCreateUserCommand({ UserPoolId: pool.UserPoolId, Username }));
    const { Session } = await pool.signIn(Username, pool.mailTo(Username));
    await pool.client.send(
      new RespondToAuthChallengeCommand({
        ClientId: pool.ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session,
        ChallengeResponses: { USERNAME: Username, NEW_PASSWORD: Password },
        ClientMetadata: { chosen: 'yes' },
      }),
    );
    expect(only('TokenGeneration_NewPasswordChallenge')?.request.clientMetadata).toEqual({ chosen: 'yes' });
    expect(pool.events('PostAuthentication_Authentication').at(-1)?.request.clientMetadata).toEqual({
      chosen: 'yes',
    });
  });
});
