import {
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { CLIENT, error, Password, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;

beforeAll(async () => {
  const flows = [...CLIENT.ExplicitAuthFlows, 'ALLOW_USER_SRP_AUTH'];
  pool = await startPool({}, { ExplicitAuthFlows: flows });
});
// Whether a lockout of a second has passed must not depend on how busy the machine is.
beforeEach(() => {
  pool.aws.frozenAt = Date.now();
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

const LOCKED = error('NotAuthorizedException', 'Password attempts exceeded');
const WRONG = error('NotAuthorizedException', 'Incorrect username or password.');

async function guess(email: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++)
    await expect(pool.signIn(email, `Wrong-password-${i}`)).rejects.toEqual(WRONG);
}

test('after five wrong passwords the right one is refused too, for a time that doubles with every further guess', async () => {
  const email = await pool.user('guessed@example.com');
  await guess(email, 5);
  await expect(pool.signIn(email)).rejects.toEqual(LOCKED);
  pool.aws.offset = 1500;
  await guess(email, 1);
  pool.aws.offset = 1500 + 1500;
  await expect(pool.signIn(email)).rejects.toEqual(LOCKED);
  pool.aws.offset = 1500 + 2500;
  await pool.signIn(email);
});

test('signing in forgets the guesses, and so do fifteen quiet minutes', async () => {
  const email = await pool.user('forgiven@example.com');
  await guess(email, 4);
  await pool.signIn(email);
  await guess(email, 5);
  pool.aws.offset = 16 * 60_000;
  await guess(email, 4);
  await pool.signIn(email);
});

test('a lockout never lasts longer than a quarter of an hour', async () => {
  const email = await pool.user('patient@example.com');
  for (let i = 0; i < 20; i++) {
    await expect(pool.signIn(email, 'Wrong-password-1')).rejects.toEqual(WRONG);
    pool.aws.offset += Math.min(15 * 60_000, 1000 * 2 ** Math.max(0, i - 4)) + 1;
  }
  await pool.signIn(email);
});

test('a name nobody has is locked out alike', async () => {
  await guess('nobody@example.com', 5);
  await expect(pool.signIn('nobody@example.com')).rejects.toEqual(LOCKED);
  await expect(pool.signIn('NOBODY@example.com')).rejects.toEqual(LOCKED);
});

test('guesses by SRP count with the others', async () => {
  const email = await pool.user('srp-guessed@example.com');
  const attempt = async (password: string) => {
    const session = createSrpSession(email, password, pool.UserPoolId, false);
    const request = wrapInitiateAuth(session, {
      ClientId: pool.ClientId,
      AuthFlow: 'USER_SRP_AUTH' as const,
      AuthParameters: { USERNAME: email },
    });
    const challenge = await pool.client.send(new InitiateAuthCommand(request));
    const answer = wrapAuthChallenge(signSrpSession(session, challenge), {
      ClientId: pool.ClientId,
      ChallengeName: 'PASSWORD_VERIFIER' as const,
      ChallengeResponses: { USERNAME: email },
    });
    return pool.client.send(new RespondToAuthChallengeCommand(answer));
  };
  await guess(email, 3);
  for (let i = 0; i < 2; i++) await expect(attempt('Wrong-password-1')).rejects.toEqual(WRONG);
  await expect(attempt(Password)).rejects.toEqual(LOCKED);
  pool.aws.offset = 1500;
  await attempt(Password);
});
