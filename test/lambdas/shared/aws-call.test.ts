import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsCall, callAws } from '../../../lambdas/shared/aws-call';

/** What the service does with each request in turn; the last one stays. */
let answers: ((response: ServerResponse) => void)[] = [];
let asked = 0;
let server: Server;
let variables: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    asked += 1;
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  variables = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  };
});
beforeEach(() => {
  asked = 0;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const says =
  (status: number, body = '{}', headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body);
const hangsUp = (response: ServerResponse) => response.destroy();
const hangs = () => undefined;
const request: AwsCall = { service: 'cognito-idp', headers: {}, body: { a: 1 } };
const call = (attempts = 2) => callAws(request, { attempts, timeoutMs: 300, variables });

it.each([
  ['a fault of the service', says(500)],
  ['too many requests', says(429)],
  ['too many requests, said in a body', says(400, '{"__type":"ThrottlingException"}')],
  ['a broken connection', hangsUp],
  ['no answer in time', hangs],
])('is tried again after %s', async (_what, first) => {
  answers = [first, says(200)];
  expect(await call()).toEqual({ status: 200, errorType: '', text: '{}' });
  expect(asked).toBe(2);
});

it('is not tried again when the service has said no', async () => {
  answers = [says(400, '{"__type":"com.amazonaws#UserNotFoundException"}'), says(200)];
  expect(await call()).toMatchObject({ status: 400, errorType: 'UserNotFoundException' });
  expect(asked).toBe(1);
});

it('names the error that a header names, without the address beside it', async () => {
  answers = [says(404, '{}', { 'x-amzn-errortype': 'ResourceNotFoundException:http://internal/' })];
  expect(await call()).toMatchObject({ status: 404, errorType: 'ResourceNotFoundException' });
});

it('gives up after the attempts it was given, and says what happened', async () => {
  answers = [says(503)];
  expect(await call(3)).toMatchObject({ status: 503 });
  expect(asked).toBe(3);
  answers = [hangs];
  await expect(call(1)).rejects.toThrow('cognito-idp did not answer');
});

it.each([
  ['cognito-idp', 'true', 'https://cognito-idp.eu-central-1.amazonaws.com/'],
  ['lambda', 'true', 'https://lambda.eu-central-1.api.aws/'],
  ['lambda', undefined, 'https://lambda.eu-central-1.amazonaws.com/'],
  ['secretsmanager', 'true', 'https://secretsmanager.eu-central-1.api.aws/'],
  ['secretsmanager', undefined, 'https://secretsmanager.eu-central-1.amazonaws.com/'],
] as const)('%s with dual-stack endpoints %s is at %s', async (service, dualStack, expected) => {
  const seen: string[] = [];
  // AWS itself cannot be asked here: only where the request would go is looked at.
  const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    seen.push((input as Request).url);
    return new Response('{}');
  });
  const { AWS_ENDPOINT_URL: _, ...onAws } = variables;
  await callAws(
    { ...request, service },
    { attempts: 1, timeoutMs: 300, variables: { ...onAws, AWS_USE_DUALSTACK_ENDPOINT: dualStack } },
  );
  fetched.mockRestore();
  expect(seen).toEqual([expected]);
});
