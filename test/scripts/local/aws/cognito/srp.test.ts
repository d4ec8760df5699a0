import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } from 'cognito-srp-helper';
import { createVerifier, saltText } from '../../../../../scripts/local/aws/cognito/srp';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';

let aws: RunningEndpoint;
let client: CognitoIdentityProviderClient;
let poolId: string;
let ClientId: string;
const email = 'srp@example.com';
const password = 'Correct-horse-1';

beforeAll(async () => {
  aws = await startEndpoint();
  client = new CognitoIdentityProviderClient(aws.client);
  poolId = (await aws.cognito.createUserPool({ key: 'pool', properties: { UsernameAttributes: ['email'] } }))
    .id;
  const properties = {
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
  };
  ClientId = (await aws.cognito.createClient({ key: 'client', poolId, properties })).id;
  await aws.cognito.adminCreateConfirmedUser({ poolId, email, password });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

/** The exchange as an independent client does it. */
async function begin(username: string, given: string) {
  const session = createSrpSession(username, given, poolId, false);
  const request = wrapInitiateAuth(session, {
    ClientId,
    AuthFlow: 'USER_SRP_AUTH' as const,
    AuthParameters: { USERNAME: username },
  });
  const challenge = await client.send(new InitiateAuthCommand(request));
  const signed = signSrpSession(session, challenge);
  const answer = wrapAuthChallenge(signed, {
    ClientId,
    ChallengeName: 'PASSWORD_VERIFIER' as const,
    ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.USERNAME ?? '' },
  });
  return { challenge, respond: () => client.send(new RespondToAuthChallengeCommand(answer)) };
}

// Numbers that need a leading zero, or none, come up once in a while: each exchange draws new ones.
test.each([1, 2, 3])('a client that knows the password signs in (%d)', async () => {
  const { challenge, respond } = await begin(email, password);
  expect(challenge.Session).toBeUndefined();
  const { AuthenticationResult } = await respond();
  expect(AuthenticationResult).toMatchObject({
    IdToken: expect.any(String),
    RefreshToken: expect.any(String),
  });
});

test('a client signs in whatever the salt begins with', async () => {
  const pool = aws.cognito.pool(poolId);
  for (const drawn of ['00329df1e5cbaed8f8d973cb5cec0347', '0a329df1e5cbaed8f8d973cb5cec0347', 'ff']) {
    const user = pool.find(email);
    if (!user) throw new Error('no user');
    const salt = saltText(Buffer.from(drawn, 'hex'));
    await pool.change(user, { srp: createVerifier(pool.srpName, user.username, password, salt) });
    const { respond } = await begin(email, password);
    expect((await respond()).AuthenticationResult).toBeDefined();
  }
});

test('a client that does not know it is refused, and an exchange serves once', async () => {
  const wrong = await begin(email, 'Wrong-horse-1');
  await expect(wrong.respond()).rejects.toMatchObject({
    name: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  const right = await begin(email, password);
  await right.respond();
  await expect(right.respond()).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});

test('an unknown user gets a challenge like everybody, the same salt each time, and the same refusal', async () => {
  const [one, two] = [
    await begin('unknown@example.com', password),
    await begin('unknown@example.com', password),
  ];
  expect(one.challenge.ChallengeParameters?.SALT).toMatch(/^[1-9a-f][0-9a-f]{20,31}$/);
  expect(one.challenge.ChallengeParameters?.USER_ID_FOR_SRP).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const { SALT, USERNAME } = one.challenge.ChallengeParameters ?? {};
  expect(two.challenge.ChallengeParameters).toMatchObject({ SALT, USERNAME });
  await expect(one.respond()).rejects.toMatchObject({
    name: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
});

test.each(['0', 'not hexadecimal', ''])(
  'the public value %j is refused: it would make the key known',
  async (SRP_A) => {
    const attempt = new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { USERNAME: email, SRP_A },
    });
    await expect(client.send(attempt)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  },
);

test('the challenge of SRP cannot be used to set a new password', async () => {
  const { challenge } = await begin(email, 'Wrong-horse-1');
  const attempt = new RespondToAuthChallengeCommand({
    ClientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: challenge.ChallengeParameters?.SECRET_BLOCK,
    ChallengeResponses: { USERNAME: email, NEW_PASSWORD: 'Stolen-horse-1' },
  });
  await expect(client.send(attempt)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});
