import {
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { type DeployedPool, deployPool } from './deployed-pool';
import { claimsOf, error, Password } from './running-pool';

let pool: DeployedPool;
const email = 'custom@example.com';

/** Up to three challenges, each with a word of its own; a password first where the client begins with one. */
const rules = {
  DefineAuthChallenge_Authentication: `
    const { session, clientMetadata = {} } = event.request;
    const last = session.at(-1);
    const asked = session.filter(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE').length;
    const { response } = event;
    if (clientMetadata.define === 'nothing') return;
    if (last?.challengeName === 'SRP_A') response.challengeName = 'PASSWORD_VERIFIER';
    else if (last?.challengeName === 'PASSWORD_VERIFIER' && !last.challengeResult) response.failAuthentication = true;
    else if (last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult) response.issueTokens = true;
    else if (asked >= 3) response.failAuthentication = true;
    else response.challengeName = 'CUSTOM_CHALLENGE';`,
  CreateAuthChallenge_Authentication: `
    const round = String(event.request.session.length);
    event.response.publicChallengeParameters = { round };
    event.response.privateChallengeParameters = { word: 'word-' + round };
    event.response.challengeMetadata = 'ROUND-' + round;`,
  VerifyAuthChallengeResponse_Authentication: `
    const { privateChallengeParameters, challengeAnswer } = event.request;
    event.response.answerCorrect = challengeAnswer === privateChallengeParameters.word;`,
};

beforeAll(async () => {
  pool = await deployPool({
    triggers: [
      'DefineAuthChallenge',
      'CreateAuthChallenge',
      'VerifyAuthChallengeResponse',
      'PreAuthentication',
      'PostAuthentication',
      'PreTokenGeneration',
    ],
    rules,
    client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
  });
  const { cognito } = pool.aws;
  await cognito.adminCreateConfirmedUser({ poolId: pool.UserPoolId, email, password: Password });
});
beforeEach(() => pool.forgetEvents());
afterEach(() => {
  pool.aws.offset = 0;
});
afterAll(() => pool.stop());

const begin = (USERNAME = email, ClientMetadata?: Record<string, string>) =>
  pool.client.send(
    new InitiateAuthCommand({
      ClientId: pool.ClientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME },
      ClientMetadata,
    }),
  );
const answer = (
  { Session }: { Session?: string | undefined },
  ANSWER: string,
  USERNAME = email,
  ClientMetadata?: Record<string, string>,
) =>
  pool.client.send(
    new RespondToAuthChallengeCommand({
      ClientId: pool.ClientId,
      ChallengeName: 'CUSTOM_CHALLENGE',
      Session,
      ChallengeResponses: { USERNAME, ANSWER },
      ClientMetadata,
    }),
  );
const REFUSED = error('NotAuthorizedException', 'Incorrect username or password.');

describe('a custom sign-in', () => {
  test('asks what the functions say, and gives tokens for the right answer', async () => {
    const challenge = await begin();
    const { sub } = pool.aws.cognito.pool(pool.UserPoolId).find(email) ?? {};
    expect(challenge).toMatchObject({
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { USERNAME: sub, round: '0' },
    });
    // What only the functions may know.
    expect(JSON.stringify(challenge)).not.toContain('word-0');
    const { AuthenticationResult } = await answer(challenge, 'word-0');
    expect(claimsOf(AuthenticationResult?.IdToken)).toMatchObject({ sub, email });
    expect(AuthenticationResult?.RefreshToken).toBeDefined();
  });

  test('goes on over several rounds, of which the functions see results and metadata', async () => {
    const second = await answer(await begin(), 'wrong');
    expect(second.ChallengeParameters).toMatchObject({ round: '1' });
    const { AuthenticationResult } = await answer(second, 'word-1');
    expect(AuthenticationResult).toBeDefined();
    const sessions = pool.events('DefineAuthChallenge_Authentication').map(({ request }) => request.session);
    const round = (challengeResult: boolean, challengeMetadata: string) => ({
      challengeName: 'CUSTOM_CHALLENGE',
      challengeResult,
      challengeMetadata,
    });
    expect(sessions).toEqual([
      [],
      [round(false, 'ROUND-0')],
      [round(false, 'ROUND-0'), round(true, 'ROUND-1')],
    ]);
    expect(pool.events('CreateAuthChallenge_Authentication').at(-1)?.request).toMatchObject({
      challengeName: 'CUSTOM_CHALLENGE',
      userNotFound: false,
      userAttributes: { email, 'cognito:user_status': 'CONFIRMED' },
    });
    expect(pool.events('VerifyAuthChallengeResponse_Authentication').at(-1)?.request).toMatchObject({
      privateChallengeParameters: { word: 'word-1' },
      challengeAnswer: 'word-1',
    });
  });

  test('fails when the functions say so, and then its session is over', async () => {
    const third = await answer(await answer(await begin(), 'wrong'), 'wrong');
    await expect(answer(third, 'wrong')).rejects.toEqual(REFUSED);
    await expect(answer(third, 'word-2')).rejects.toEqual(
      error('NotAuthorizedException', 'session can only be used once'),
    );
  });

  test('hands metadata to the functions as AWS does: of the first call to PreAuthentication, of answers to the others', async () => {
    const challenge = await begin(email, { first: '1' });
    await answer(challenge, 'word-0', email, { second: '2' });
    const metadata = (source: string) =>
      pool.events(source).map(({ request }) => request.clientMetadata ?? request.validationData ?? null);
    expect(metadata('PreAuthentication_Authentication')).toEqual([{ first: '1' }]);
    expect(metadata('DefineAuthChallenge_Authentication')).toEqual([null, { second: '2' }]);
    expect(metadata('CreateAuthChallenge_Authentication')).toEqual([null]);
    for (const source of [
      'VerifyAuthChallengeResponse_Authentication',
      'PostAuthentication_Authentication',
      'TokenGeneration_Authentication',
    ])
      expect(metadata(source)).toEqual([{ second: '2' }]);
  });

  test('fails when DefineAuthChallenge decides nothing', async () => {
    await expect(answer(await begin(), 'wrong', email, { define: 'nothing' })).rejects.toEqual(
      error('InvalidLambdaResponseException', 'DefineAuthChallenge answered neither'),
    );
  });
});

describe('a session', () => {
  test('answered fifty times at once gives tokens once, and one answer reaches the functions', async () => {
    const challenge = await begin();
    pool.forgetEvents();
    const attempts = await Promise.allSettled(Array.from({ length: 50 }, () => answer(challenge, 'word-0')));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(pool.events('VerifyAuthChallengeResponse_Authentication')).toHaveLength(1);
  });

  test('ends after the minutes the client declares', async () => {
    const challenge = await begin();
    pool.aws.offset = 181_000;
    await expect(answer(challenge, 'word-0')).rejects.toEqual(
      error('NotAuthorizedException', 'session is expired'),
    );
  });

  test('belongs to its user and its client', async () => {
    await pool.aws.cognito.adminCreateConfirmedUser({
      poolId: pool.UserPoolId,
      email: 'other@example.com',
      password: Password,
    });
    await expect(answer(await begin(), 'word-0', 'other@example.com')).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid session'),
    );
    const { id } = await pool.aws.cognito.createClient({
      key: 'auth/Other',
      poolId: pool.UserPoolId,
      properties: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
    });
    const elsewhere = new RespondToAuthChallengeCommand({
      ClientId: id,
      ChallengeName: 'CUSTOM_CHALLENGE',
      Session: (await begin()).Session,
      ChallengeResponses: { USERNAME: email, ANSWER: 'word-0' },
    });
    await expect(pool.client.send(elsewhere)).rejects.toEqual(
      error('NotAuthorizedException', 'Invalid session'),
    );
  });
});

describe('somebody who does not exist', () => {
  const unknown = 'unknown@example.com';

  test('goes through the same functions and gets the same answers, but never tokens', async () => {
    const challenge = await begin(unknown);
    expect(challenge).toMatchObject({
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { USERNAME: expect.stringMatching(/^[0-9a-f-]{36}$/), round: '0' },
    });
    const next = await answer(challenge, 'wrong', unknown);
    expect(next.ChallengeParameters).toMatchObject({ round: '1' });
    // Even an answer that the function calls right.
    await expect(answer(next, 'word-1', unknown)).rejects.toEqual(REFUSED);
    for (const source of [
      'DefineAuthChallenge_Authentication',
      'CreateAuthChallenge_Authentication',
      'VerifyAuthChallengeResponse_Authentication',
    ])
      for (const { request, userName } of pool.events(source)) {
        expect(request).toMatchObject({ userNotFound: true, userAttributes: {} });
        expect(userName).toBe(unknown);
      }
  });

  test('is told so by a client that hides nothing', async () => {
    const { id } = await pool.aws.cognito.createClient({
      key: 'auth/Legacy',
      poolId: pool.UserPoolId,
      properties: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
    });
    const attempt = new InitiateAuthCommand({
      ClientId: id,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: unknown },
    });
    await expect(pool.client.send(attempt)).rejects.toEqual(error('UserNotFoundException'));
    expect(pool.events('DefineAuthChallenge_Authentication')).toEqual([]);
  });
});

describe('a custom sign-in that begins with a password', () => {
  async function beginWith(password: string): Promise<() => Promise<InitiateAuthCommandOutput>> {
    const session = createSrpSession(email, password, pool.UserPoolId, false);
    const request = wrapInitiateAuth(session, {
      ClientId: pool.ClientId,
      AuthFlow: 'CUSTOM_AUTH' as const,
      AuthParameters: { USERNAME: email, CHALLENGE_NAME: 'SRP_A' },
    });
    const challenge = await pool.client.send(new InitiateAuthCommand(request));
    expect(challenge).toMatchObject({ ChallengeName: 'PASSWORD_VERIFIER', Session: expect.any(String) });
    const signed = wrapAuthChallenge(signSrpSession(session, challenge), {
      ClientId: pool.ClientId,
      ChallengeName: 'PASSWORD_VERIFIER' as const,
      Session: challenge.Session,
      ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.USERNAME ?? '' },
    });
    return () => pool.client.send(new RespondToAuthChallengeCommand(signed));
  }

  test('goes on with the challenges of the functions once the password is proven', async () => {
    const respond = await beginWith(Password);
    const challenge = await respond();
    expect(challenge).toMatchObject({
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { round: '2' },
    });
    const { AuthenticationResult } = await answer(challenge, 'word-2');
    expect(AuthenticationResult).toBeDefined();
    expect(pool.events('DefineAuthChallenge_Authentication').at(-1)?.request.session).toEqual([
      { challengeName: 'SRP_A', challengeResult: true, challengeMetadata: null },
      { challengeName: 'PASSWORD_VERIFIER', challengeResult: true, challengeMetadata: null },
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true, challengeMetadata: 'ROUND-2' },
    ]);
  });

  test('tells the functions of a wrong password', async () => {
    const respond = await beginWith('Wrong-password-1');
    await expect(respond()).rejects.toEqual(REFUSED);
    expect(pool.events('DefineAuthChallenge_Authentication').at(-1)?.request.session).toContainEqual({
      challengeName: 'PASSWORD_VERIFIER',
      challengeResult: false,
      challengeMetadata: null,
    });
  });
});

test('a pool without the three functions has no custom sign-in', async () => {
  const { id: poolId } = await pool.aws.cognito.createUserPool({ key: 'plain' });
  const { id } = await pool.aws.cognito.createClient({ key: 'plain', poolId });
  const attempt = new InitiateAuthCommand({
    ClientId: id,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME: 'a' },
  });
  await expect(pool.client.send(attempt)).rejects.toEqual(
    error('InvalidParameterException', 'Custom auth lambda trigger is not configured'),
  );
});
