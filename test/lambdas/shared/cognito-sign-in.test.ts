import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError } from '../../../lambdas/shared/errors';
import { poolClient } from '../../../lambdas/shared/user-pool';

/** A user pool that answers what the test says, in Cognito's shapes, and notes what it was asked. */
let server: Server;
let answers: [status: number, body: object][] = [];
let asked: { operation: string; headers: IncomingHttpHeaders; input: Record<string, unknown> }[] = [];

const before = { ...process.env };
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push({ operation, headers: request.headers, input: JSON.parse(body) });
    const [status, answer] = answers.shift() ?? [500, { __type: 'InternalErrorException' }];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answer = poolClient('client');
const begun: (typeof answers)[number] = [
  200,
  { ChallengeName: 'CUSTOM_CHALLENGE', Session: 'session', ChallengeParameters: { USERNAME: 'sub' } },
];
const tokens = { AccessToken: 'a', IdToken: 'i', RefreshToken: 'r', ExpiresIn: 3600, TokenType: 'Bearer' };
const signIn = {
  username: 'user@example.com',
  answer: 'send',
  metadata: { redirectUri: 'https://a.example/' },
};

it('begins a sign-in and answers its challenge, without credentials', async () => {
  answers = [begun, [200, { AuthenticationResult: tokens }]];
  expect(await answer(signIn)).toEqual({
    tokens: { accessToken: 'a', idToken: 'i', refreshToken: 'r', expiresIn: 3600 },
  });
  expect(asked.map(({ operation, input }) => [operation, input])).toEqual([
    [
      'InitiateAuth',
      { ClientId: 'client', AuthFlow: 'CUSTOM_AUTH', AuthParameters: { USERNAME: 'user@example.com' } },
    ],
    [
      'RespondToAuthChallenge',
      {
        ClientId: 'client',
        ChallengeName: 'CUSTOM_CHALLENGE',
        Session: 'session',
        ChallengeResponses: { USERNAME: 'sub', ANSWER: 'send' },
        ClientMetadata: { redirectUri: 'https://a.example/' },
      },
    ],
  ]);
  for (const { headers } of asked) expect(headers.authorization).toBeUndefined();
});

it('answers the next challenge by its name', async () => {
  answers = [begun, [200, { ChallengeName: 'CUSTOM_CHALLENGE', Session: 'next' }]];
  expect(await answer(signIn)).toEqual({ challenge: 'CUSTOM_CHALLENGE' });
});

it.each([
  'CodeMismatchException',
  'LimitExceededException',
  'NotAuthorizedException',
  'PasswordResetRequiredException',
  'TooManyRequestsException',
  'UserLambdaValidationException',
  'UserNotConfirmedException',
  'UserNotFoundException',
])('takes %s for a no to the user or the answer', async (__type) => {
  // The SDK asks again where it was told that it asks too often.
  const refusal = Array.from({ length: 3 }, (): (typeof answers)[number] => [400, { __type, message: 'no' }]);
  answers = [...refusal];
  expect(await answer(signIn)).toEqual({ refusal: __type });
  answers = [begun, ...refusal];
  expect(await answer(signIn)).toEqual({ refusal: __type });
});

it.each([
  ['ResourceNotFoundException', 400],
  ['InvalidParameterException', 400],
  ['UnexpectedLambdaException', 400],
  ['InternalErrorException', 500],
])('takes %s for a fault of ours, which says nothing about the user', async (__type, status) => {
  answers = Array.from({ length: 5 }, () => [status as number, { __type, message: 'of ours' }]);
  await expect(answer(signIn)).rejects.toMatchObject({ code: 'unavailable' });
});

it('does not take an answer for a sign-in that lacks a token, or a pool that asks for something else', async () => {
  answers = [begun, [200, { AuthenticationResult: { ...tokens, RefreshToken: undefined } }]];
  await expect(answer(signIn)).rejects.toThrow(ApiError);
  answers = [[200, { ChallengeName: 'PASSWORD_VERIFIER', Session: 'session' }]];
  await expect(answer(signIn)).rejects.toThrow(ApiError);
});
