import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { BackgroundEvents } from '../../../../scripts/local/aws/lambda/background-events';
import { writeBootstrap } from '../../../../scripts/local/lambda/bootstrap-file';
import { Functions } from '../../../../scripts/local/lambda/functions';
import { allow, deny } from '../../../support/decisions';
import { codeDirectory, removeTemporaryDirectories, temporaryDirectory } from '../deployed-app';
import { ACCOUNT, CREDENTIALS, REGION, type RunningEndpoint, startEndpoint } from './running-endpoint';

const arnOf = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
const reports: string[] = [];
let functions: Functions;
let aws: RunningEndpoint;
let client: LambdaClient;

/** Notes each attempt with its request id, and fails as often as the event says. */
const source = `const { appendFileSync, readFileSync } = require('node:fs');
exports.handler = async (event, context) => {
  const { file, failures = 0, waitMs = 0 } = event;
  if (waitMs) await new Promise((done) => setTimeout(done, waitMs));
  if (file) {
    appendFileSync(file, context.awsRequestId + '\\n');
    if (readFileSync(file, 'utf8').split('\\n').length - 1 <= failures) throw new TypeError('not yet');
  }
  return { event, requestId: context.awsRequestId };
};`;

beforeAll(async () => {
  functions = new Functions({
    region: REGION,
    awsEndpointUrl: () => aws.url,
    credentials: () => CREDENTIALS,
    facts: () => ({ caFile: '/local/ca.pem', database: { host: 'localhost', port: 4002 } }),
    bootstrapFile: writeBootstrap(temporaryDirectory()),
    home: '/nonexistent',
    log: () => undefined,
  });
  const code = codeDirectory(source);
  for (const [name, reservedConcurrency] of [['sender'], ['off', 0]] as const)
    functions.add({
      name,
      label: name,
      arn: arnOf(name),
      codeDirectory: code,
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      environment: {},
      timeoutSeconds: 5,
      memoryMiB: 256,
      roleArn: 'arn:aws:iam::000000000000:role/sender',
      logFormat: 'JSON',
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    });
  aws = await startEndpoint({
    invokeFunction: (arn, event, requestId) => functions.invoke(arn, event, requestId),
    hasFunction: (arn) => functions.has(arn),
    report: (line) => reports.push(line),
  });
  client = new LambdaClient(aws.client);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
  await functions.close();
  removeTemporaryDirectories();
});

const invoke = (event: object | string, more: Partial<InvokeCommandInput> = {}) =>
  client.send(
    new InvokeCommand({
      FunctionName: 'sender',
      Payload: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
      ...more,
    }),
  );
const payloadOf = ({ Payload }: { Payload?: Uint8Array }) =>
  JSON.parse(Buffer.from(Payload ?? []).toString());
const attemptsIn = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};
const until = async (holds: () => boolean) => {
  while (!holds()) await delay(10);
};

test('a function answers with its payload, under the request id of the call', async () => {
  const answer = await invoke({ greeting: 'grüß Gott' });
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(answer.FunctionError).toBeUndefined();
  expect(payloadOf(answer)).toEqual({
    event: { greeting: 'grüß Gott' },
    requestId: answer.$metadata.requestId,
  });
  expect(payloadOf(await invoke('', { Payload: undefined }))).toMatchObject({ event: {} });
});

test('an error of the function is an answer that says so', async () => {
  const file = path.join(temporaryDirectory(), 'attempts');
  const answer = await invoke({ file, failures: 1 });
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(payloadOf(answer)).toMatchObject({ errorType: 'TypeError', errorMessage: 'not yet' });
});

test.each<[string, string | undefined, string]>([
  ['sender', undefined, 'sender'],
  ['sender:live', undefined, 'sender:live'],
  ['sender', 'live', 'sender:live'],
  [arnOf('sender'), undefined, 'sender'],
  [arnOf('sender:7'), undefined, 'sender:7'],
  [`${ACCOUNT}:function:sender`, '$LATEST', 'sender:$LATEST'],
])('%s with qualifier %s is authorized as %s', async (FunctionName, Qualifier, resource) => {
  aws.asked.length = 0;
  expect(await invoke({}, { FunctionName, Qualifier, InvocationType: 'DryRun' })).toMatchObject({
    StatusCode: 204,
  });
  expect(aws.asked).toEqual([
    expect.objectContaining({
      action: 'lambda:InvokeFunction',
      resource: arnOf(resource),
      service: 'lambda',
    }),
  ]);
});

test('who may not invoke learns nothing of the function, and nothing runs', async () => {
  const file = path.join(temporaryDirectory(), 'attempts');
  aws.decide = async () => deny;
  for (const FunctionName of ['sender', 'absent'])
    await expect(invoke({ file }, { FunctionName })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  aws.decide = async () => allow;
  expect(attemptsIn(file)).toEqual([]);
});

describe('an asynchronous event', () => {
  test('is accepted at once and runs afterwards', async () => {
    const file = path.join(temporaryDirectory(), 'attempts');
    const answer = await invoke({ file, waitMs: 300 }, { InvocationType: 'Event' });
    expect(answer.StatusCode).toBe(202);
    expect(attemptsIn(file)).toEqual([]);
    await until(() => attemptsIn(file).length > 0);
    expect(attemptsIn(file)).toEqual([answer.$metadata.requestId]);
  });

  test('is tried twice more under the same request id, then reported', async () => {
    const file = path.join(temporaryDirectory(), 'attempts');
    const answer = await invoke({ file, failures: 99 }, { InvocationType: 'Event' });
    const { requestId } = answer.$metadata;
    const line = `the asynchronous event ${requestId} of sender failed for good (not yet); its function has no dead-letter queue, so it is gone.`;
    await until(() => reports.includes(line));
    expect(attemptsIn(file)).toEqual([requestId, requestId, requestId]);
  });

  test('that succeeds at a later attempt is not reported', async () => {
    const file = path.join(temporaryDirectory(), 'attempts');
    const { $metadata } = await invoke({ file, failures: 1 }, { InvocationType: 'Event' });
    await until(() => attemptsIn(file).length === 2);
    await delay(50);
    expect(reports.join('\n')).not.toContain($metadata.requestId);
  });

  test('is retried no more often, and kept no longer, than its configuration says', async () => {
    const file = path.join(temporaryDirectory(), 'attempts');
    aws.lambdaEvents.configure(`${arnOf('sender')}:once`, { retries: 0 });
    aws.lambdaEvents.configure(`${arnOf('sender')}:aged`, { retries: 2, maximumAgeSeconds: 0.5 });
    const failures = 99;
    const once = await invoke({ file, failures }, { InvocationType: 'Event', Qualifier: 'once' });
    await until(() => reports.some((line) => line.includes(once.$metadata.requestId as string)));
    const aged = await invoke({ file, failures }, { InvocationType: 'Event', Qualifier: 'aged' });
    await until(() => reports.some((line) => line.includes(aged.$metadata.requestId as string)));
    expect(attemptsIn(file)).toEqual([once.$metadata.requestId, aged.$metadata.requestId]);
  });

  test('for a function that is switched off is not tried again', async () => {
    await expect(invoke({}, { FunctionName: 'off' })).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    const { $metadata } = await invoke({}, { FunctionName: 'off', InvocationType: 'Event' });
    await until(() => reports.some((line) => line.includes($metadata.requestId as string)));
  });

  test('that a killed process has left is run by the next one, unless its function is gone', async () => {
    const file = path.join(temporaryDirectory(), 'attempts');
    const { $metadata } = await invoke({ file, waitMs: 400 }, { InvocationType: 'Event' });
    const again = await aws.restart();
    await again.lambdaEvents.resume((arn) => functions.has(arn));
    await again.close();
    expect(attemptsIn(file)).toContain($metadata.requestId);
    await until(() => attemptsIn(file).length === 2);

    const { $metadata: lost } = await invoke({ waitMs: 400 }, { InvocationType: 'Event' });
    const without = await aws.restart();
    await without.lambdaEvents.resume(() => false);
    expect(reports.at(-1)).toContain(
      `${lost.requestId} of sender failed for good (there is no such function`,
    );
    await without.close();
  });

  test('is waited for when the runtime stops, but not for ever', async () => {
    const directory = temporaryDirectory();
    const lines: string[] = [];
    const open = (invokeFunction: Functions['invoke'], drainMs?: number) =>
      BackgroundEvents.open({
        file: path.join(directory, 'events.json'),
        invoke: invokeFunction,
        clock: Date.now,
        report: (line) => lines.push(line),
        deadLetter: async () => undefined,
        ...(drainMs !== undefined && { drainMs }),
      });
    const file = path.join(directory, 'attempts');
    const events = await open((...call) => functions.invoke(...call));
    await events.accept(arnOf('sender'), { file, failures: 1 }, 'request');
    await events.close();
    expect(attemptsIn(file)).toEqual(['request', 'request']);
    expect(lines).toEqual([]);

    const hanging = await open(() => new Promise(() => undefined), 50);
    await hanging.accept(arnOf('sender'), {}, 'hanging');
    await hanging.close();
    expect(lines).toEqual(['1 asynchronous events are unfinished; the next start goes on with them.']);
  });
});

test.each<[string, Partial<InvokeCommandInput> & { event?: string }, string, number]>([
  ['an unknown function', { FunctionName: 'absent' }, 'ResourceNotFoundException', 404],
  [
    'one of another region',
    { FunctionName: arnOf('sender').replace('us-east-1', 'eu-west-1') },
    'ResourceNotFoundException',
    404,
  ],
  [
    'an unknown function, asynchronously',
    { FunctionName: 'absent', InvocationType: 'Event' },
    'ResourceNotFoundException',
    404,
  ],
  ['a name that is none', { FunctionName: 'a b' }, 'InvalidParameterValueException', 400],
  [
    'two qualifiers',
    { FunctionName: 'sender:live', Qualifier: 'other' },
    'InvalidParameterValueException',
    400,
  ],
  ['a payload that is no JSON', { event: '{' }, 'InvalidRequestContentException', 400],
  [
    'an event over 1 MiB',
    { event: JSON.stringify('x'.repeat(1024 ** 2)), InvocationType: 'Event' },
    'RequestTooLargeException',
    413,
  ],
  [
    'a payload over 6 MiB',
    { event: JSON.stringify('x'.repeat(6 * 1024 ** 2)) },
    'RequestTooLargeException',
    413,
  ],
  ['the tail of the log', { LogType: 'Tail' }, 'NotImplemented', 501],
  ['a client context', { ClientContext: 'e30=' }, 'NotImplemented', 501],
])('%s is refused', async (_name, { event = '{}', ...more }, name, status) => {
  await expect(invoke(event, more)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
});

test('other operations and wrong signatures are refused', async () => {
  await expect(client.send(new ListFunctionsCommand({}))).rejects.toThrow('lambda GET /2015-03-31/functions');
  const credentials = { ...CREDENTIALS, secretAccessKey: 'wrong' };
  const stranger = new LambdaClient({ ...aws.client, credentials });
  await expect(stranger.send(new InvokeCommand({ FunctionName: 'sender' }))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  stranger.destroy();
});

test('what is logged of a call is its function, never its event', async () => {
  aws.logs.length = 0;
  await invoke({ token: 'very secret' });
  expect(aws.logs).toEqual([
    expect.stringMatching(/^aws Invoke arn:\S+:function:sender 200 \d+ ms by documents$/),
  ]);
});
