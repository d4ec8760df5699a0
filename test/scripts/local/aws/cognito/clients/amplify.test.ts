/** The Auth category of aws-amplify, as npm delivers it, pointed at the local endpoint by its own configuration. */
import { Amplify } from 'aws-amplify';
import {
  autoSignIn,
  confirmResetPassword,
  confirmSignIn,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  fetchAuthSession,
  fetchMFAPreference,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  updatePassword,
  updateUserAttributes,
  verifyTOTPSetup,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import { authenticatorCode, type ClientPool, PASSWORD, startClientPool, WORD } from './client-pool';

let pool: ClientPool;
const kept = new Map<string, string>();

/** Amplify asks whoever points it at an endpoint of their own to mind it; that is what these tests do. */
function configure(userPoolClientId: string): void {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  Amplify.configure({
    Auth: { Cognito: { userPoolId: pool.poolId, userPoolClientId, userPoolEndpoint: pool.aws.url } },
  });
  warn.mockRestore();
  // As in an application without a browser. configure() chooses its own store, so this comes after it.
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void kept.set(key, value),
    getItem: async (key) => kept.get(key) ?? null,
    removeItem: async (key) => void kept.delete(key),
    clear: async () => kept.clear(),
  });
}

beforeAll(async () => {
  pool = await startClientPool();
});
beforeEach(() => configure(pool.lasting));
afterEach(async () => {
  await signOut();
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

const bySrp = (username: string, password = PASSWORD) => signIn({ username, password });
const done = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const keptRefreshToken = () => [...kept].find(([key]) => key.endsWith('.refreshToken'))?.[1] ?? '';
const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

test('a person signs up, mistypes the code, asks for another, confirms, and signs in by SRP', async () => {
  const username = 'new@example.com';
  const answer = await signUp({
    username,
    password: PASSWORD,
    options: { userAttributes: { email: username } },
  });
  expect(answer).toMatchObject({
    isSignUpComplete: false,
    nextStep: {
      signUpStep: 'CONFIRM_SIGN_UP',
      codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'n***@e***', attributeName: 'email' },
    },
  });
  await expect(
    confirmSignUp({ username, confirmationCode: wrong(pool.codeMailedTo(username)) }),
  ).rejects.toThrow(expect.objectContaining({ name: 'CodeMismatchException' }));
  expect(await bySrp(username)).toEqual({ isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_UP' } });
  expect(await resendSignUpCode({ username })).toMatchObject({ deliveryMedium: 'EMAIL' });
  const confirmed = await confirmSignUp({ username, confirmationCode: pool.codeMailedTo(username) });
  expect(confirmed).toMatchObject({ isSignUpComplete: true });
  expect(await bySrp(username)).toEqual(done);
  const { tokens } = await fetchAuthSession();
  expect(tokens?.idToken?.payload).toMatchObject({ email: username, aud: pool.lasting, token_use: 'id' });
  expect(await getCurrentUser()).toMatchObject({
    userId: answer.userId,
    signInDetails: { loginId: username, authFlowType: 'USER_SRP_AUTH' },
  });
});

test('a person who has just signed up is signed in without giving the password again', async () => {
  const username = 'auto@example.com';
  const options = { userAttributes: { email: username }, autoSignIn: { authFlowType: 'USER_AUTH' } } as const;
  const timers = jest.spyOn(global, 'setTimeout');
  await signUp({ username, password: PASSWORD, options });
  const confirmed = await confirmSignUp({ username, confirmationCode: pool.codeMailedTo(username) });
  expect(confirmed).toMatchObject({ nextStep: { signUpStep: 'COMPLETE_AUTO_SIGN_IN' } });
  expect(await autoSignIn()).toEqual(done);
  // Amplify leaves one of three minutes behind, which would keep the test process waiting.
  for (const { value } of timers.mock.results) clearTimeout(value as NodeJS.Timeout);
  timers.mockRestore();
});

test('a wrong password and an unknown person are refused in the same words', async () => {
  await pool.user('ann@example.com');
  const refusal = expect.objectContaining({
    name: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  await expect(bySrp('ann@example.com', 'Wrong-horse-1')).rejects.toThrow(refusal);
  await expect(bySrp('nobody@example.com')).rejects.toThrow(refusal);
  await expect(getCurrentUser()).rejects.toThrow(
    expect.objectContaining({ name: 'UserUnAuthenticatedException' }),
  );
});

test('the password itself works where the client allows it to be sent', async () => {
  const username = await pool.user('plain@example.com');
  const answer = await signIn({
    username,
    password: PASSWORD,
    options: { authFlowType: 'USER_PASSWORD_AUTH' },
  });
  expect(answer).toEqual(done);
});

test('a challenge of the pool’s own functions is answered at the second try', async () => {
  const username = await pool.user('custom@example.com');
  const asked = await signIn({ username, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
  expect(asked).toMatchObject({
    isSignedIn: false,
    nextStep: {
      signInStep: 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE',
      additionalInfo: { hint: 'a hollow voice', try: '1' },
    },
  });
  const again = await confirmSignIn({ challengeResponse: 'plugh' });
  expect(again).toMatchObject({ isSignedIn: false, nextStep: { additionalInfo: { try: '2' } } });
  expect(await confirmSignIn({ challengeResponse: WORD })).toEqual(done);
});

test('a challenge answered wrongly three times ends the sign-in', async () => {
  const username = await pool.user('mistaken@example.com');
  await signIn({ username, options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } });
  await confirmSignIn({ challengeResponse: 'plugh' });
  await confirmSignIn({ challengeResponse: 'plugh' });
  await expect(confirmSignIn({ challengeResponse: 'plugh' })).rejects.toThrow(
    expect.objectContaining({ name: 'NotAuthorizedException' }),
  );
});

test('a code by e-mail signs in without a password', async () => {
  const username = await pool.user('otp@example.com');
  const asked = await signIn({
    username,
    options: { authFlowType: 'USER_AUTH', preferredChallenge: 'EMAIL_OTP' },
  });
  expect(asked).toMatchObject({
    nextStep: {
      signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE',
      codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'o***@e***' },
    },
  });
  expect(await confirmSignIn({ challengeResponse: pool.codeMailedTo(username) })).toEqual(done);
});

test('a person who prefers nothing chooses between code and password', async () => {
  const username = await pool.user('choice@example.com');
  const asked = await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
  expect(asked).toMatchObject({
    nextStep: {
      signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
      availableChallenges: expect.arrayContaining(['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP']),
    },
  });
  expect(await confirmSignIn({ challengeResponse: 'PASSWORD_SRP' })).toMatchObject({
    nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_PASSWORD' },
  });
  expect(await confirmSignIn({ challengeResponse: PASSWORD })).toEqual(done);
});

test('a person chooses the code by e-mail', async () => {
  const username = await pool.user('chosen@example.com');
  await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
  expect(await confirmSignIn({ challengeResponse: 'EMAIL_OTP' })).toMatchObject({
    nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE' },
  });
  expect(await confirmSignIn({ challengeResponse: pool.codeMailedTo(username) })).toEqual(done);
});

test('an authenticator app is set up, and asked for at the next sign-in', async () => {
  const username = await pool.user('totp@example.com');
  const code = (secret: string) => authenticatorCode(secret, Date.now() + pool.aws.offset);
  await bySrp(username);
  const { sharedSecret, getSetupUri } = await setUpTOTP();
  expect(getSetupUri('Landfall', username).href).toContain(`secret=${sharedSecret}`);
  await expect(verifyTOTPSetup({ code: wrong(code(sharedSecret)) })).rejects.toThrow(
    expect.objectContaining({ name: 'EnableSoftwareTokenMFAException' }),
  );
  await verifyTOTPSetup({ code: code(sharedSecret) });
  await updateMFAPreference({ totp: 'PREFERRED' });
  expect(await fetchMFAPreference()).toEqual({ enabled: ['TOTP'], preferred: 'TOTP' });
  await signOut();
  // A code serves once, so the next one needs the next half minute.
  pool.aws.offset = 30_000;
  expect(await bySrp(username)).toMatchObject({ nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' } });
  await expect(confirmSignIn({ challengeResponse: wrong(code(sharedSecret)) })).rejects.toThrow(
    expect.objectContaining({ name: 'CodeMismatchException' }),
  );
  expect(await confirmSignIn({ challengeResponse: code(sharedSecret) })).toEqual(done);
});

test('a temporary password is replaced at the first sign-in', async () => {
  const username = 'invited@example.com';
  await pool.aws.cognito.adminCreateConfirmedUser({
    poolId: pool.poolId,
    email: username,
    password: PASSWORD,
  });
  await pool.makeTemporary(username);
  expect(await bySrp(username)).toMatchObject({
    nextStep: { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED' },
  });
  expect(await confirmSignIn({ challengeResponse: 'Chosen-horse-2' })).toEqual(done);
});

test('a session is refreshed by the same refresh token where the client does not rotate them', async () => {
  await bySrp(await pool.user('lasting@example.com'));
  const before = (await fetchAuthSession()).tokens;
  const token = keptRefreshToken();
  const after = (await fetchAuthSession({ forceRefresh: true })).tokens;
  expect(after?.accessToken.payload.jti).not.toBe(before?.accessToken.payload.jti);
  expect(after?.accessToken.payload.origin_jti).toBe(before?.accessToken.payload.origin_jti);
  expect(keptRefreshToken()).toBe(token);
});

test('a session is refreshed by a new refresh token each time where the client rotates them', async () => {
  configure(pool.rotating);
  await bySrp(await pool.user('rotating@example.com'));
  const first = keptRefreshToken();
  await fetchAuthSession({ forceRefresh: true });
  const second = keptRefreshToken();
  await fetchAuthSession({ forceRefresh: true });
  expect(new Set([first, second, keptRefreshToken()]).size).toBe(3);
  expect(await getCurrentUser()).toMatchObject({ signInDetails: { loginId: 'rotating@example.com' } });
});

test('a password is changed by whoever knows it', async () => {
  const username = await pool.user('changing@example.com');
  await bySrp(username);
  await expect(
    updatePassword({ oldPassword: 'Wrong-horse-1', newPassword: 'Changed-horse-2' }),
  ).rejects.toThrow(expect.objectContaining({ name: 'NotAuthorizedException' }));
  await updatePassword({ oldPassword: PASSWORD, newPassword: 'Changed-horse-2' });
  await signOut();
  await expect(bySrp(username)).rejects.toThrow('Incorrect username or password.');
  expect(await bySrp(username, 'Changed-horse-2')).toEqual(done);
});

test('a forgotten password is replaced by a code to the address', async () => {
  const username = await pool.user('forgetful@example.com');
  expect(await resetPassword({ username })).toMatchObject({
    isPasswordReset: false,
    nextStep: {
      resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
      codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'f***@e***' },
    },
  });
  const newPassword = 'Fresh-horse-3';
  await confirmResetPassword({ username, newPassword, confirmationCode: pool.codeMailedTo(username) });
  expect(await bySrp(username, newPassword)).toEqual(done);
});

test('attributes are changed, a new address only once it is proven', async () => {
  const [username, email] = [await pool.user('moving@example.com'), 'moved@example.com'];
  await bySrp(username);
  const steps = await updateUserAttributes({ userAttributes: { name: 'Ann', email } });
  expect(steps).toMatchObject({
    name: { isUpdated: true, nextStep: { updateAttributeStep: 'DONE' } },
    email: {
      isUpdated: false,
      nextStep: {
        updateAttributeStep: 'CONFIRM_ATTRIBUTE_WITH_CODE',
        codeDeliveryDetails: { deliveryMedium: 'EMAIL' },
      },
    },
  });
  expect(await fetchUserAttributes()).toMatchObject({ name: 'Ann', email: username, email_verified: 'true' });
  await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: pool.codeMailedTo(email) });
  expect(await fetchUserAttributes()).toMatchObject({ email, email_verified: 'true' });
  await signOut();
  expect(await bySrp(email)).toEqual(done);
});

test('signing out everywhere ends the sessions of other devices', async () => {
  const username = await pool.user('everywhere@example.com');
  await bySrp(username);
  const device = new Map(kept);
  kept.clear();
  await bySrp(username);
  await signOut({ global: true });
  expect(kept.size).toBe(0);
  for (const [key, value] of device) kept.set(key, value);
  // Amplify drops a session that it cannot refresh.
  expect((await fetchAuthSession({ forceRefresh: true }).catch(() => undefined))?.tokens).toBeUndefined();
});

test('signing out here revokes this session alone', async () => {
  const username = await pool.user('here@example.com');
  await bySrp(username);
  const device = new Map(kept);
  kept.clear();
  await bySrp(username);
  const session = new Map(kept);
  await signOut();
  for (const [key, value] of session) kept.set(key, value);
  expect((await fetchAuthSession({ forceRefresh: true }).catch(() => undefined))?.tokens).toBeUndefined();
  kept.clear();
  for (const [key, value] of device) kept.set(key, value);
  expect((await fetchAuthSession({ forceRefresh: true })).tokens).toBeDefined();
});

test('an account is deleted by its owner', async () => {
  const username = await pool.user('leaving@example.com');
  await bySrp(username);
  await deleteUser();
  await expect(bySrp(username)).rejects.toThrow('Incorrect username or password.');
});
