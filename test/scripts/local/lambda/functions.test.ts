import { writeBootstrap } from '../../../../scripts/local/lambda/bootstrap-file';
import type { FunctionDefinition } from '../../../../scripts/local/lambda/definition';
import { Functions } from '../../../../scripts/local/lambda/functions';
import { withLocalValues } from '../../../../scripts/local/lambda/local-values';
import { codeDirectory, removeTemporaryDirectories, temporaryDirectory } from '../deployed-app';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:example';
const bootstrapFile = writeBootstrap(temporaryDirectory());
const lines: string[] = [];
const open: Functions[] = [];

afterAll(async () => {
  await Promise.all(open.map((functions) => functions.close()));
  removeTemporaryDirectories();
});

function functionOf(source: string, overrides: Partial<FunctionDefinition> = {}): Functions {
  const functions = new Functions({
    region: 'us-east-1',
    awsEndpointUrl: () => 'http://127.0.0.1:4001',
    credentials: () => ({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }),
    facts: () => ({ caFile: '/local/ca.pem', database: { host: 'localhost', port: 4002 } }),
    bootstrapFile,
    home: '/nonexistent',
    log: (name, line) => lines.push(`${name} ${line}`),
  });
  functions.add({
    name: 'example',
    label: 'example',
    arn,
    codeDirectory: codeDirectory(source),
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    environment: {},
    timeoutSeconds: 5,
    memoryMiB: 256,
    roleArn: 'arn:aws:iam::000000000000:role/example',
    logFormat: 'JSON',
    ...overrides,
  });
  open.push(functions);
  return functions;
}

describe('environment', () => {
  test('is what the template and Lambda give, and nothing of the environment of this process', async () => {
    process.env.LANDFALL_SECRET_OF_THE_DEVELOPER = 'leak';
    const functions = functionOf('exports.handler = async () => process.env;', {
      environment: {
        GREETING: 'hello',
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
        AWS_USE_DUALSTACK_ENDPOINT: 'true',
      },
      logLevel: 'INFO',
    });
    const result = await functions.invoke(arn, {});
    delete process.env.LANDFALL_SECRET_OF_THE_DEVELOPER;
    expect(result).toMatchObject({
      ok: true,
      payload: {
        GREETING: 'hello',
        NODE_EXTRA_CA_CERTS: '/local/ca.pem',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:4001',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_SESSION_TOKEN: 'session',
        AWS_LAMBDA_FUNCTION_NAME: 'example',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_LAMBDA_LOG_LEVEL: 'INFO',
        TZ: ':UTC',
      },
    });
    const payload = (result as { payload: Record<string, string> }).payload;
    expect(payload).not.toHaveProperty('LANDFALL_SECRET_OF_THE_DEVELOPER');
    expect(payload).not.toHaveProperty('AWS_USE_DUALSTACK_ENDPOINT');
    expect(payload).not.toHaveProperty('NODE_ENV');
    expect(payload).not.toHaveProperty('NODE_CHANNEL_FD');
  });

  test('a database port written as a number becomes the port of the local database, another host keeps its own', async () => {
    const read = 'exports.handler = async () => process.env.DATABASE_PORT;';
    const local = functionOf(read, { environment: { DATABASE_HOST: 'localhost', DATABASE_PORT: '5432' } });
    expect(await local.invoke(arn, {})).toMatchObject({ payload: '4002' });
    const other = functionOf(read, {
      environment: { DATABASE_HOST: 'db.example.com', DATABASE_PORT: '5432' },
    });
    expect(await other.invoke(arn, {})).toMatchObject({ payload: '5432' });
  });
});

test('a function that trusts the issuer of this machine gets its address and its certificate authority', () => {
  const facts = {
    caFile: '/local/ca.pem',
    database: { host: 'localhost', port: 4002 },
    issuer: { declared: 'https://localhost:4004', actual: 'https://localhost:5004' },
  };
  expect(withLocalValues({ OIDC_ISSUER: 'https://localhost:4004' }, facts)).toEqual({
    OIDC_ISSUER: 'https://localhost:5004',
    NODE_EXTRA_CA_CERTS: '/local/ca.pem',
  });
  const elsewhere = { OIDC_ISSUER: 'https://issuer.example.com', OTHER: '1' };
  expect(withLocalValues(elsewhere, facts)).toEqual(elsewhere);
});

test('the distribution of a function has its local address, even where the template names its own domain', () => {
  const facts = {
    caFile: '/local/ca.pem',
    database: { host: 'localhost', port: 4002 },
    cdn: { declared: ['files.example.com'], actual: 'https://localhost:4005' },
  };
  const variables = { CDN_URL: 'https://files.example.com', OTHER: 'https://files.example.com.evil' };
  expect(withLocalValues(variables, facts)).toEqual({ ...variables, CDN_URL: 'https://localhost:4005' });
});

describe('invocation', () => {
  test('a handler gets the event and a context as on Lambda', async () => {
    const functions = functionOf(
      `exports.handler = async (event, context) => ({
         event, name: context.functionName, memory: context.memoryLimitInMB, id: context.awsRequestId,
         arn: context.invokedFunctionArn, remaining: context.getRemainingTimeInMillis(), channel: typeof process.send });`,
    );
    const result = await functions.invoke(`${arn}:live`, { a: 1 }, 'request-1');
    expect(result).toMatchObject({
      payload: {
        event: { a: 1 },
        name: 'example',
        memory: '256',
        id: 'request-1',
        arn,
        channel: 'undefined',
      },
    });
    const { remaining } = (result as { payload: { remaining: number } }).payload;
    expect(remaining).toBeGreaterThan(4000);
    expect(remaining).toBeLessThanOrEqual(5000);
  });

  test('a handler may answer by callback, or with nothing', async () => {
    const byCallback = functionOf(
      'exports.handler = (event, context, callback) => { setTimeout(() => callback(null, "done"), 5); };',
    );
    expect(await byCallback.invoke(arn, {})).toMatchObject({ payload: 'done' });
    expect(await functionOf('exports.handler = async () => {};').invoke(arn, {})).toMatchObject({
      ok: true,
      payload: null,
    });
  });

  test('an error of the handler has its type, message and trace', async () => {
    const functions = functionOf('exports.handler = async () => { throw new RangeError("too far"); };');
    expect(await functions.invoke(arn, {})).toMatchObject({
      ok: false,
      error: {
        errorType: 'RangeError',
        errorMessage: 'too far',
        trace: expect.arrayContaining([expect.stringContaining('at ')]),
      },
    });
  });

  test('code that cannot be loaded fails every event with the reason', async () => {
    const functions = functionOf('require("./absent");');
    for (const _ of [1, 2]) {
      expect(await functions.invoke(arn, {})).toMatchObject({
        ok: false,
        error: { errorMessage: expect.stringContaining('./absent') },
      });
    }
    const wrong = functionOf('exports.handler = async () => 1;', { handler: 'index.other' });
    expect(await wrong.invoke(arn, {})).toMatchObject({
      error: { errorMessage: expect.stringContaining('index.other') },
    });
  });

  test('what a function prints is captured line by line under its name', async () => {
    await functionOf('exports.handler = async () => { console.log("out"); console.error("err"); };').invoke(
      arn,
      {},
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lines).toEqual(expect.arrayContaining(['example out', 'example err']));
  });
});

describe('limits', () => {
  test('a function that does not answer in time is killed, even in an endless loop, and the next event works', async () => {
    const functions = functionOf(
      'exports.handler = async ({ hang }) => { while (hang) {} return "fine"; };',
      { timeoutSeconds: 1 },
    );
    const started = Date.now();
    expect(await functions.invoke(arn, { hang: true })).toMatchObject({
      ok: false,
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/ Task timed out after 1\.00 seconds$/),
      },
    });
    expect(Date.now() - started).toBeLessThan(4000);
    expect(await functions.invoke(arn, {})).toMatchObject({ payload: 'fine' });
  });

  test('a crash fails the event it happened in, and only that', async () => {
    const functions = functionOf(
      'exports.handler = async ({ exit }) => { if (exit) process.exit(3); return process.pid; };',
    );
    expect(await functions.invoke(arn, { exit: true })).toMatchObject({
      error: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 3' },
    });
    expect(await functions.invoke(arn, {})).toMatchObject({ ok: true });
  });

  test('a function that takes more memory than the template gives it dies alone', async () => {
    const functions = functionOf(
      'exports.handler = async () => { const hoard = []; for (;;) hoard.push(new Array(1e5).fill({})); };',
      { memoryMiB: 128, timeoutSeconds: 30 },
    );
    expect(await functions.invoke(arn, {})).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError' },
    });
  });

  test('a worker has one event at a time; reserved concurrency bounds how many there are', async () => {
    const source = `let running = 0;
      exports.handler = async () => { running += 1; const seen = running; await new Promise((r) => setTimeout(r, 100)); running -= 1; return { seen, pid: process.pid }; };`;
    const results = await Promise.all(
      [functionOf(source), functionOf(source, { reservedConcurrency: 1 })].map(async (functions) => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => functions.invoke(arn, {})));
        return answers.map((answer) => (answer as { payload: { seen: number; pid: number } }).payload);
      }),
    );
    for (const payloads of results) expect(payloads.every(({ seen }) => seen === 1)).toBe(true);
    expect(results.map((payloads) => new Set(payloads.map(({ pid }) => pid)).size)).toEqual([4, 1]);
  });

  test('a reserved concurrency of 0 switches the function off', async () => {
    const functions = functionOf('exports.handler = async () => 1;', { reservedConcurrency: 0 });
    expect(await functions.invoke(arn, {})).toMatchObject({
      error: { errorType: 'TooManyRequestsException' },
    });
  });
});

test('no process of a function outlives the runtime', async () => {
  const functions = functionOf('exports.handler = async () => process.pid;');
  const { payload } = (await functions.invoke(arn, {})) as { payload: number };
  await functions.close();
  expect(() => process.kill(payload, 0)).toThrow('ESRCH');
});
