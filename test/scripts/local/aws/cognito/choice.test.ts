import {
  AdminCreateUserCommand,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandInput,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { claimsOf, error, Password, POOL, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;

beforeAll(async () => {
  pool = await startPool(
    {
      Policies: {
        ...POOL.Policies,
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] },
      },
      WebAuthnRelyingPartyID: 'example.com',
    },
    { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  );
});
afterEach(() => {
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

const initiate = (USERNAME: string, more: Record<string, string> = {}, Session?: string) =>
  pool.client.send(
    new InitiateAuthCommand({
      ClientId: pool.ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME, ...more },
      ...(Session && { Session }),
    }),
  );
const respond = (
  ChallengeName: 'SELECT_CHALLENGE' | 'PASSWORD' | 'EMAIL_OTP',
  { Session }: { Session?: string | undefined },
  ChallengeResponses: Record<string, string>,
) =>
  pool.client.send(
    new RespondToAuthChallengeCommand({
      ClientId: pool.ClientId,
      ChallengeName,
      Session,
      ChallengeResponses,
    }),
  );
const wrongOtp = (code: string) => (code === '00000000' ? '11111111' : '00000000');

describe('a user without preference', () => {
  test('is told what there is, and may choose a code by mail', async () => {
    const USERNAME = await pool.user('mail@example.com');
    const choice = await initiate(USERNAME);
    expect(choice).toMatchObject({
      ChallengeName: 'SELECT_CHALLENGE',
      AvailableChallenges: ['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP'],
    });
    const challenge = await respond('SELECT_CHALLENGE', choice, { USERNAME, ANSWER: 'EMAIL_OTP' });
    expect(challenge).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
        CODE_DELIVERY_DESTINATION: 'm***@e***',
      },
    });
    expect(pool.aws.mails.at(-1)).toMatchObject({ to: USERNAME, kind: 'sign-in' });
    const code = pool.mailTo(USERNAME);
    expect(code).toMatch(/^\d{8}$/);
    const answer = (EMAIL_OTP_CODE: string) => respond('EMAIL_OTP', challenge, { USERNAME, EMAIL_OTP_CODE });
    await expect(answer(wrongOtp(code))).rejects.toEqual(error('CodeMismatchException'));
    const { AuthenticationResult } = await answer(code);
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({ email: USERNAME });
    await expect(answer(code)).rejects.toEqual(error('NotAuthorizedException', 'can only be used once'));
  });

  test('may choose the password, sent with the choice or after it', async () => {
    const USERNAME = await pool.user('password@example.com');
    const [one, two] = [await initiate(USERNAME), await initiate(USERNAME)];
    const direct = await respond('SELECT_CHALLENGE', one, {
      USERNAME,
      ANSWER: 'PASSWORD',
      PASSWORD: Password,
    });
    expect(direct.AuthenticationResult).toBeDefined();
    const asked = await respond('SELECT_CHALLENGE', two, { USERNAME, ANSWER: 'PASSWORD' });
    expect(asked.ChallengeName).toBe('PASSWORD');
    await expect(respond('PASSWORD', asked, { USERNAME, PASSWORD: 'Wrong-password-1' })).rejects.toEqual(
      error('NotAuthorizedException', 'Incorrect username or password.'),
    );
    const answered = await respond('PASSWORD', asked, { USERNAME, PASSWORD: Password });
    expect(answered.AuthenticationResult).toBeDefined();
  });

  test('cannot choose a passkey here, which is said by name', async () => {
    const USERNAME = await pool.user('passkey@example.com');
    const choice = await initiate(USERNAME);
    await expect(respond('SELECT_CHALLENGE', choice, { USERNAME, ANSWER: 'WEB_AUTHN' })).rejects.toEqual(
      error('NotImplemented', 'passkeys'),
    );
  });
});

describe('a preferred challenge', () => {
  test('is asked at once when the user has it, else the user chooses', async () => {
    const USERNAME = await pool.user('preferred@example.com');
    expect(await initiate(USERNAME, { PREFERRED_CHALLENGE: 'EMAIL_OTP' })).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
    });
    expect(await initiate(USERNAME, { PREFERRED_CHALLENGE: 'SMS_OTP' })).toMatchObject({
      ChallengeName: 'SELECT_CHALLENGE',
    });
    const { AuthenticationResult } = await initiate(USERNAME, {
      PREFERRED_CHALLENGE: 'PASSWORD',
      PASSWORD: Password,
    });
    expect(AuthenticationResult).toBeDefined();
  });

  test('PASSWORD_SRP proves the password without sending it', async () => {
    const USERNAME = await pool.user('srp@example.com');
    const session = createSrpSession(USERNAME, Password, pool.UserPoolId, false);
    const request = wrapInitiateAuth(session, {
      ClientId: pool.ClientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'PASSWORD_SRP' },
    } satisfies InitiateAuthCommandInput);
    const challenge = await pool.client.send(new InitiateAuthCommand(request));
    expect(challenge).toMatchObject({ ChallengeName: 'PASSWORD_VERIFIER', Session: expect.any(String) });
    const answer = wrapAuthChallenge(signSrpSession(session, challenge), {
      ClientId: pool.ClientId,
      ChallengeName: 'PASSWORD_VERIFIER' as const,
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.USERNAME ?? '' },
    });
    const { AuthenticationResult } = await pool.client.send(new RespondToAuthChallengeCommand(answer));
    expect(AuthenticationResult).toBeDefined();
  });
});

describe('a code by mail', () => {
  const ask = async (email: string) => {
    const challenge = await initiate(email, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    return { challenge, code: pool.mailTo(email) };
  };

  test('allows five guesses, and ends with the session', async () => {
    const USERNAME = await pool.user('guesses@example.com');
    const guessed = await ask(USERNAME);
    const answer = (of: typeof guessed, EMAIL_OTP_CODE = of.code) =>
      respond('EMAIL_OTP', of.challenge, { USERNAME, EMAIL_OTP_CODE });
    for (let i = 0; i < 5; i++)
      await expect(answer(guessed, wrongOtp(guessed.code))).rejects.toEqual(error('CodeMismatchException'));
    await expect(answer(guessed)).rejects.toEqual(error('NotAuthorizedException'));
    const late = await ask(USERNAME);
    pool.aws.offset = 181_000;
    await expect(answer(late)).rejects.toEqual(error('NotAuthorizedException', 'session is expired'));
  });

  test('answered many times at once gives tokens once', async () => {
    const USERNAME = await pool.user('parallel@example.com');
    const { challenge, code } = await ask(USERNAME);
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, () => respond('EMAIL_OTP', challenge, { USERNAME, EMAIL_OTP_CODE: code })),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is answered by whom it was asked', async () => {
    const [mine, theirs] = [await pool.user('mine@example.com'), await pool.user('theirs@example.com')];
    const { challenge, code } = await ask(mine);
    await expect(respond('EMAIL_OTP', challenge, { USERNAME: theirs, EMAIL_OTP_CODE: code })).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid session'),
    );
  });

  test('is pretended for somebody who does not exist, and never mailed', async () => {
    const USERNAME = 'unknown@example.com';
    const choice = await initiate(USERNAME);
    expect(choice.AvailableChallenges).toEqual(['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP']);
    const challenge = await respond('SELECT_CHALLENGE', choice, { USERNAME, ANSWER: 'EMAIL_OTP' });
    expect(challenge.ChallengeParameters).toMatchObject({ CODE_DELIVERY_DESTINATION: 'u***@e***' });
    expect(pool.mailTo(USERNAME)).toBe('');
    await expect(respond('EMAIL_OTP', challenge, { USERNAME, EMAIL_OTP_CODE: '12345678' })).rejects.toEqual(
      error('CodeMismatchException'),
    );
  });
});

describe('a user without password', () => {
  test('signs up, and is signed in by confirming the address', async () => {
    const Username = 'no-password@example.com';
    const { ClientId } = pool;
    const { Session } = await pool.client.send(new SignUpCommand({ ClientId, Username }));
    await expect(initiate(Username, {}, Session)).rejects.toEqual(error('NotAuthorizedException'));
    const again = await pool.client.send(
      new SignUpCommand({ ClientId, Username: 'no-password-2@example.com' }),
    );
    const confirmed = await pool.client.send(
      new ConfirmSignUpCommand({
        ClientId,
        Username: 'no-password-2@example.com',
        ConfirmationCode: pool.mailTo('no-password-2@example.com'),
        Session: again.Session,
      }),
    );
    const { AuthenticationResult } = await initiate('no-password-2@example.com', {}, confirmed.Session);
    expect(AuthenticationResult?.AccessToken).toBeDefined();
    expect(await initiate('no-password-2@example.com')).toMatchObject({
      AvailableChallenges: ['EMAIL_OTP'],
    });
  });

  test('whom an administrator creates is confirmed, and signs in by code', async () => {
    const USERNAME = 'imported@example.com';
    const { User } = await pool.client.send(
      new AdminCreateUserCommand({
        UserPoolId: pool.UserPoolId,
        Username: USERNAME,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'email_verified', Value: 'true' }],
      }),
    );
    expect(User?.UserStatus).toBe('CONFIRMED');
    const challenge = await initiate(USERNAME, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    const { AuthenticationResult } = await respond('EMAIL_OTP', challenge, {
      USERNAME,
      EMAIL_OTP_CODE: pool.mailTo(USERNAME),
    });
    expect(AuthenticationResult).toBeDefined();
  });
});

test('a pool or client that cannot offer the choice is refused', async () => {
  const declare = (properties: object) => pool.aws.cognito.createUserPool({ key: 'refused', properties });
  const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } };
  await expect(declare({ Policies, UserPoolTier: 'LITE' })).rejects.toThrow('UserPoolTier LITE excludes');
  await expect(
    declare({ Policies, MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA'] }),
  ).rejects.toThrow('MfaConfiguration ON excludes EMAIL_OTP');
  const { id } = await pool.aws.cognito.createClient({
    key: 'auth/NoChoice',
    poolId: pool.UserPoolId,
    properties: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] },
  });
  const attempt = new InitiateAuthCommand({
    ClientId: id,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'a' },
  });
  await expect(pool.client.send(attempt)).rejects.toEqual(error('InvalidParameterException', 'not enabled'));
});
