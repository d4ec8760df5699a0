import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  GetUserCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Secret, TOTP } from 'otpauth';
import { error, type RunningPool, startPool } from './running-pool';

let optional: RunningPool;
let required: RunningPool;

beforeAll(async () => {
  const declare = (MfaConfiguration: string) =>
    startPool({ MfaConfiguration, EnabledMfas: ['SOFTWARE_TOKEN_MFA'] });
  [optional, required] = await Promise.all([declare('OPTIONAL'), declare('ON')]);
});
afterEach(() => {
  optional.aws.offset = 0;
});
afterAll(() => Promise.all([optional.stop(), required.stop()]));

/** What the app of the user shows at a time. */
const codeOf = (secret: string | undefined, at = Date.now()) =>
  new TOTP({ secret: Secret.fromBase32(secret ?? '') }).generate({ timestamp: at });
/** Long after the code of now, so that it was not used yet. */
const LATER = 120_000;

const respond = (
  pool: RunningPool,
  challenge: { Session?: string | undefined },
  ChallengeName: 'SOFTWARE_TOKEN_MFA' | 'MFA_SETUP',
  USERNAME: string,
  code?: string,
) =>
  pool.client.send(
    new RespondToAuthChallengeCommand({
      ClientId: pool.ClientId,
      ChallengeName,
      Session: challenge.Session,
      ChallengeResponses: { USERNAME, ...(code && { SOFTWARE_TOKEN_MFA_CODE: code }) },
    }),
  );

async function userWithApp(email: string) {
  const { AccessToken } = await optional.tokensOf(await optional.user(email));
  const { SecretCode } = await optional.client.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  await optional.client.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode) }));
  await optional.client.send(
    new SetUserMFAPreferenceCommand({
      AccessToken,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    }),
  );
  return { email, AccessToken, SecretCode };
}

describe('where a second factor is optional', () => {
  test('a user sets up an app, proves it, and is asked for its code from then on', async () => {
    const { email, AccessToken, SecretCode } = await userWithApp('app@example.com');
    expect(SecretCode).toMatch(/^[A-Z2-7]{52}$/);
    expect(await optional.client.send(new GetUserCommand({ AccessToken }))).toMatchObject({
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
    });
    optional.aws.offset = LATER;
    const challenge = await optional.signIn(email);
    expect(challenge).toMatchObject({ ChallengeName: 'SOFTWARE_TOKEN_MFA', Session: expect.any(String) });
    expect(challenge.AuthenticationResult).toBeUndefined();
    const code = codeOf(SecretCode, Date.now() + LATER);
    const answer = await respond(optional, challenge, 'SOFTWARE_TOKEN_MFA', email, code);
    expect(answer.AuthenticationResult?.AccessToken).toBeDefined();
    await expect(respond(optional, challenge, 'SOFTWARE_TOKEN_MFA', email, code)).rejects.toEqual(
      error('NotAuthorizedException', 'can only be used once'),
    );
    const next = await optional.signIn(email);
    await expect(respond(optional, next, 'SOFTWARE_TOKEN_MFA', email, code)).rejects.toEqual(
      error('ExpiredCodeException', 'already been used once'),
    );
  });

  test('a mistyped code may be corrected, and guessing is locked out', async () => {
    const { email, SecretCode } = await userWithApp('typo@example.com');
    optional.aws.offset = LATER;
    const code = codeOf(SecretCode, Date.now() + LATER);
    const mistyped = code === '000000' ? '111111' : '000000';
    const challenge = await optional.signIn(email);
    await expect(respond(optional, challenge, 'SOFTWARE_TOKEN_MFA', email, mistyped)).rejects.toEqual(
      error('CodeMismatchException', 'Invalid code received for user'),
    );
    await respond(optional, challenge, 'SOFTWARE_TOKEN_MFA', email, code);
    const guessed = await optional.signIn(email);
    for (let i = 0; i < 5; i++)
      await respond(optional, guessed, 'SOFTWARE_TOKEN_MFA', email, mistyped).catch(() => undefined);
    await expect(respond(optional, guessed, 'SOFTWARE_TOKEN_MFA', email, code)).rejects.toEqual(
      error('NotAuthorizedException', 'attempts exceeded'),
    );
  });

  test('a new app replaces the old one only once it is proven', async () => {
    const { email, AccessToken, SecretCode } = await userWithApp('replace@example.com');
    await optional.client.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    await expect(
      optional.client.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: '000000' })),
    ).rejects.toEqual(error('EnableSoftwareTokenMFAException', 'Code mismatch'));
    optional.aws.offset = LATER;
    const challenge = await optional.signIn(email);
    const code = codeOf(SecretCode, Date.now() + LATER);
    await respond(optional, challenge, 'SOFTWARE_TOKEN_MFA', email, code);
  });

  test('an administrator switches it off for somebody who lost the phone', async () => {
    const { email } = await userWithApp('lost@example.com');
    await optional.client.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId: optional.UserPoolId,
        Username: email,
        SoftwareTokenMfaSettings: { Enabled: false },
      }),
    );
    expect((await optional.signIn(email)).AuthenticationResult).toBeDefined();
  });

  test('nobody prefers an app they do not have', async () => {
    const { AccessToken } = await optional.tokensOf(await optional.user('none@example.com'));
    const prefer = new SetUserMFAPreferenceCommand({
      AccessToken,
      SoftwareTokenMfaSettings: { Enabled: true },
    });
    await expect(optional.client.send(prefer)).rejects.toEqual(
      error('InvalidParameterException', 'not verified software token mfa'),
    );
  });
});

describe('where a second factor is required', () => {
  const begin = async (email: string): Promise<InitiateAuthCommandOutput> => {
    await required.user(email);
    return required.signIn(email);
  };

  test('the first sign-in sets up an app before there are tokens, the next asks for its code', async () => {
    const email = 'setup@example.com';
    const challenge = await begin(email);
    expect(challenge).toMatchObject({
      ChallengeName: 'MFA_SETUP',
      ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
    });
    const associated = await required.client.send(
      new AssociateSoftwareTokenCommand({ Session: challenge.Session }),
    );
    const verify = (UserCode: string) =>
      required.client.send(new VerifySoftwareTokenCommand({ Session: associated.Session, UserCode }));
    await expect(verify('not a code')).rejects.toEqual(error('EnableSoftwareTokenMFAException'));
    const verified = await verify(codeOf(associated.SecretCode));
    expect(verified.Status).toBe('SUCCESS');
    const answer = await respond(required, verified, 'MFA_SETUP', email);
    expect(answer.AuthenticationResult?.IdToken).toBeDefined();
    expect(await required.signIn(email)).toMatchObject({ ChallengeName: 'SOFTWARE_TOKEN_MFA' });
  });

  test('no tokens are given for a setup that was not finished', async () => {
    const email = 'unfinished@example.com';
    const challenge = await begin(email);
    await expect(respond(required, challenge, 'MFA_SETUP', email)).rejects.toEqual(
      error('InvalidParameterException'),
    );
    const again = await required.signIn(email);
    const associated = await required.client.send(
      new AssociateSoftwareTokenCommand({ Session: again.Session }),
    );
    await expect(respond(required, associated, 'MFA_SETUP', email)).rejects.toEqual(
      error('InvalidParameterException'),
    );
  });
});

test('a pool without second factors has no apps, and one whose factors cannot run here is refused', async () => {
  const pool = await startPool();
  const { AccessToken } = await pool.tokensOf(await pool.user('off@example.com'));
  await expect(pool.client.send(new AssociateSoftwareTokenCommand({ AccessToken }))).rejects.toEqual(
    error('SoftwareTokenMFANotFoundException'),
  );
  const declare = (properties: object) => pool.aws.cognito.createUserPool({ key: 'refused', properties });
  await expect(declare({ MfaConfiguration: 'ON' })).rejects.toThrow('needs SOFTWARE_TOKEN_MFA');
  await expect(
    declare({ MfaConfiguration: 'ON', EnabledMfas: ['SOFTWARE_TOKEN_MFA', 'SMS_MFA'] }),
  ).rejects.toThrow('EnabledMfas SMS_MFA is not supported');
  await pool.stop();
});
