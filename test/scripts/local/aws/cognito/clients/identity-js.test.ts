/** amazon-cognito-identity-js, as npm delivers it; its constructor takes the endpoint. */
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import { authenticatorCode, type ClientPool, PASSWORD, startClientPool, WORD } from './client-pool';

let pool: ClientPool;
beforeAll(async () => {
  pool = await startClientPool();
});
afterEach(() => {
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

/** A device of its own: what the client keeps between calls. */
function device(): ICognitoStorage {
  const kept = new Map<string, string>();
  return {
    setItem: (key, value) => void kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}
const userPool = (Storage = device()) =>
  new CognitoUserPool({ UserPoolId: pool.poolId, ClientId: pool.lasting, endpoint: pool.aws.url, Storage });
function person(Username: string): CognitoUser {
  const Storage = device();
  return new CognitoUser({ Username, Pool: userPool(Storage), Storage });
}

/** How a sign-in ended, or what it asks for. */
type Outcome =
  | { readonly is: 'signed in'; readonly session: CognitoUserSession }
  | { readonly is: 'asked'; readonly for: string; readonly details?: unknown };

/** Turns the client's callbacks into a promise. */
function outcome(act: (callbacks: Parameters<CognitoUser['authenticateUser']>[1]) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const ask = (name: string) => (details: unknown) => resolve({ is: 'asked', for: name, details });
    act({
      onSuccess: (session: CognitoUserSession) => resolve({ is: 'signed in', session }),
      onFailure: reject,
      newPasswordRequired: ask('new password'),
      customChallenge: ask('custom challenge'),
      totpRequired: ask('totp'),
      mfaSetup: ask('mfa setup'),
    });
  });
}
const details = (Username: string, Password?: string) =>
  new AuthenticationDetails({ Username, ...(Password !== undefined && { Password }) });
const bySrp = (user: CognitoUser, password = PASSWORD) =>
  outcome((callbacks) => user.authenticateUser(details(user.getUsername(), password), callbacks));

/** Methods whose last argument is called with an error or a result. */
const called = <T>(act: (done: (error: Error | null | undefined, result?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => act((error, result) => (error ? reject(error) : resolve(result as T))));
/** Methods that take an object of two callbacks. */
const handled = <T = string>(
  act: (handlers: { onSuccess: (result: T) => void; onFailure: (error: Error) => void }) => void,
): Promise<T> => new Promise((onSuccess, onFailure) => act({ onSuccess, onFailure }));

async function signedIn(email: string): Promise<{ user: CognitoUser; session: CognitoUserSession }> {
  const user = person(await pool.user(email));
  // Its SRP takes the library seconds of arithmetic; where it is not the point, the password is sent.
  user.setAuthenticationFlowType('USER_PASSWORD_AUTH');
  const result = await bySrp(user);
  if (result.is !== 'signed in') throw new Error(`asked for ${result.for}`);
  return { user, session: result.session };
}
const refused = (name: string) => expect.objectContaining({ name });

test('a person signs up, confirms, and signs in by SRP', async () => {
  const email = 'new@example.com';
  const attributes = [new CognitoUserAttribute({ Name: 'email', Value: email })];
  const made = await called<{ userConfirmed: boolean; userSub: string }>((done) =>
    userPool().signUp(email, PASSWORD, attributes, [], done),
  );
  expect(made).toMatchObject({ userConfirmed: false });
  const user = person(email);
  await expect(bySrp(user)).rejects.toThrow(refused('UserNotConfirmedException'));
  await called((done) => user.resendConfirmationCode(done));
  expect(await called((done) => user.confirmRegistration(pool.codeMailedTo(email), true, done))).toBe(
    'SUCCESS',
  );
  const result = await bySrp(user);
  if (result.is !== 'signed in') throw new Error('not signed in');
  expect(result.session.isValid()).toBe(true);
  expect(result.session.getIdToken().decodePayload()).toMatchObject({ email, sub: made.userSub });
});

test('a wrong password and an unknown person are refused in the same words', async () => {
  const known = person(await pool.user('ann@example.com'));
  const words = 'Incorrect username or password.';
  await expect(bySrp(known, 'Wrong-horse-1')).rejects.toThrow(words);
  await expect(bySrp(person('nobody@example.com'))).rejects.toThrow(words);
});

test('a challenge of the pool’s own functions is answered at the second try', async () => {
  const user = person(await pool.user('custom@example.com'));
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  const asked = await outcome((callbacks) => user.initiateAuth(details(user.getUsername()), callbacks));
  expect(asked).toMatchObject({ for: 'custom challenge', details: { hint: 'a hollow voice', try: '1' } });
  const answer = (word: string) => outcome((callbacks) => user.sendCustomChallengeAnswer(word, callbacks));
  expect(await answer('plugh')).toMatchObject({ for: 'custom challenge', details: { try: '2' } });
  expect(await answer(WORD)).toMatchObject({ is: 'signed in' });
});

test('a session is kept by the device, and refreshed by its refresh token', async () => {
  const { user, session } = await signedIn('refreshing@example.com');
  const kept = await called<CognitoUserSession>((done) => user.getSession(done));
  expect(kept.getAccessToken().getJwtToken()).toBe(session.getAccessToken().getJwtToken());
  const fresh = await called<CognitoUserSession>((done) =>
    user.refreshSession(session.getRefreshToken(), done),
  );
  expect(fresh.getAccessToken().decodePayload()).toMatchObject({
    origin_jti: session.getAccessToken().decodePayload().origin_jti,
  });
  expect(fresh.getAccessToken().getJwtToken()).not.toBe(session.getAccessToken().getJwtToken());
});

test('signing out everywhere ends the sessions of other devices', async () => {
  const { user, session } = await signedIn('everywhere@example.com');
  const other = person('everywhere@example.com');
  await bySrp(other);
  expect(await handled((handlers) => other.globalSignOut(handlers))).toBe('SUCCESS');
  await expect(called((done) => user.refreshSession(session.getRefreshToken(), done))).rejects.toThrow(
    refused('NotAuthorizedException'),
  );
  await expect(called((done) => user.getUserData(done))).rejects.toThrow();
});

test('signing out revokes the refresh token', async () => {
  const { user, session } = await signedIn('leaving@example.com');
  await new Promise<void>((resolve) => user.signOut(resolve));
  await expect(called((done) => user.refreshSession(session.getRefreshToken(), done))).rejects.toThrow(
    'Refresh Token has been revoked',
  );
});

test('a forgotten password is replaced by a code to the address', async () => {
  const user = person(await pool.user('forgetful@example.com'));
  const delivered = await handled<{ CodeDeliveryDetails: object }>((handlers) =>
    user.forgotPassword(handlers),
  );
  expect(delivered.CodeDeliveryDetails).toMatchObject({ Destination: 'f***@e***', DeliveryMedium: 'EMAIL' });
  const code = pool.codeMailedTo('forgetful@example.com');
  expect(await handled((handlers) => user.confirmPassword(code, 'Fresh-horse-3', handlers))).toBe('SUCCESS');
  expect(await bySrp(user, 'Fresh-horse-3')).toMatchObject({ is: 'signed in' });
});

test('a password is changed by whoever knows it', async () => {
  const { user } = await signedIn('changing@example.com');
  await expect(
    called((done) => user.changePassword('Wrong-horse-1', 'Changed-horse-2', done)),
  ).rejects.toThrow(refused('NotAuthorizedException'));
  expect(await called((done) => user.changePassword(PASSWORD, 'Changed-horse-2', done))).toBe('SUCCESS');
  await expect(bySrp(person('changing@example.com'))).rejects.toThrow('Incorrect username or password.');
  expect(await bySrp(person('changing@example.com'), 'Changed-horse-2')).toMatchObject({ is: 'signed in' });
});

test('a temporary password is replaced at the first sign-in', async () => {
  const user = person(await pool.user('invited@example.com'));
  await pool.makeTemporary('invited@example.com');
  expect(await bySrp(user)).toMatchObject({ for: 'new password' });
  const result = await outcome((callbacks) =>
    user.completeNewPasswordChallenge('Chosen-horse-2', {}, callbacks),
  );
  expect(result).toMatchObject({ is: 'signed in' });
});

test('an authenticator app is set up, and asked for at the next sign-in', async () => {
  const { user } = await signedIn('totp@example.com');
  const code = (secret: string) => authenticatorCode(secret, Date.now() + pool.aws.offset);
  const secret = await new Promise<string>((associateSecretCode, onFailure) =>
    user.associateSoftwareToken({ associateSecretCode, onFailure }),
  );
  await handled<CognitoUserSession>((handlers) =>
    user.verifySoftwareToken(code(secret), 'telephone', handlers),
  );
  await called((done) => user.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, done));
  pool.aws.offset = 30_000;
  const again = person('totp@example.com');
  expect(await bySrp(again)).toMatchObject({ for: 'totp' });
  const result = await outcome((callbacks) =>
    again.sendMFACode(code(secret), callbacks, 'SOFTWARE_TOKEN_MFA'),
  );
  expect(result).toMatchObject({ is: 'signed in' });
});

test('attributes are read and changed', async () => {
  const { user } = await signedIn('named@example.com');
  const name = new CognitoUserAttribute({ Name: 'name', Value: 'Ann' });
  expect(await called((done) => user.updateAttributes([name], done))).toBe('SUCCESS');
  const attributes = await called<CognitoUserAttribute[]>((done) => user.getUserAttributes(done));
  expect(attributes.find((attribute) => attribute.getName() === 'name')?.getValue()).toBe('Ann');
});
