import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { type Certificates, ensureCertificates } from '../../../../scripts/local/certificates';
import { type RedisServer, startRedis } from '../../../../scripts/local/redis/server';

let directory: string;
let certificates: Certificates;
let server: RedisServer;
const clients: Redis[] = [];
const logins: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'landfall-redis-test-'));
  certificates = await ensureCertificates(directory);
  server = await startRedis({
    tls: certificates,
    authenticate: async (user, password) => {
      logins.push(user);
      // Slow on purpose: commands that come in meanwhile have to wait.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return password === `token of ${user}`;
    },
  });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function connect(options: RedisOptions = {}): Redis {
  const client = new Redis({
    host: 'localhost',
    port: server.port,
    username: 'landfall',
    password: 'token of landfall',
    tls: { ca: certificates.ca },
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    disconnectTimeout: 50,
    connectTimeout: 2000,
    ...options,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** What a client that writes these bytes over TLS gets to read until the text has appeared or the line is closed. */
function exchange(bytes: string, until: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: 'localhost', port: server.port, ca: certificates.ca });
    let text = '';
    socket.on('secureConnect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes(until)) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

test('a client with the right token can use the cache', async () => {
  const client = connect();
  expect(await client.ping()).toBe('PONG');
  await client.set('greeting', 'hëllo', 'EX', 60);
  expect(await client.get('greeting')).toBe('hëllo');
  expect(logins).toContain('landfall');
});

test('values of several megabytes survive', async () => {
  const client = connect();
  const value = Buffer.alloc(5 * 1024 * 1024, 'x\r\n$');
  await client.set('large', value);
  expect((await client.getBuffer('large'))?.equals(value)).toBe(true);
});

test('a subscriber receives what another client publishes', async () => {
  const subscriber = connect();
  const publisher = connect();
  const received = new Promise((resolve) =>
    subscriber.on('message', (channel, text) => resolve([channel, text])),
  );
  await subscriber.subscribe('news');
  await publisher.publish('news', 'it works');
  expect(await received).toEqual(['news', 'it works']);
});

test('streams with consumer groups work', async () => {
  const client = connect();
  await client.xgroup('CREATE', 'events', 'workers', '0', 'MKSTREAM');
  await client.xadd('events', '*', 'name', 'created');
  const entries = await client.xreadgroup('GROUP', 'workers', 'one', 'STREAMS', 'events', '>');
  expect(JSON.stringify(entries)).toContain('created');
});

test('a wrong token is refused', async () => {
  await expect(connect({ password: 'guess' }).ping()).rejects.toThrow();
  expect(await exchange('AUTH landfall guess\r\n', '\r\n')).toMatch(/^-WRONGPASS/);
});

test('nothing works before the login', async () => {
  expect(await exchange('GET greeting\r\n', '\r\n')).toMatch(/^-NOAUTH/);
  expect(await exchange('*1\r\n$8\r\nFLUSHALL\r\n', '\r\n')).toMatch(/^-NOAUTH/);
  expect(await exchange('HELLO 3\r\n', '\r\n')).toMatch(/^-NOAUTH/);
});

test('HELLO logs in and switches the protocol at once', async () => {
  const text = await exchange(
    '*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$8\r\nlandfall\r\n$17\r\ntoken of landfall\r\n',
    'proto',
  );
  expect(text).toMatch(/^%/);
});

test('commands sent in one packet with AUTH are answered in order', async () => {
  const auth = '*3\r\n$4\r\nAUTH\r\n$8\r\nlandfall\r\n$17\r\ntoken of landfall\r\n';
  const text = await exchange(`${auth}PING one\r\n${auth}PING two\r\n`, 'two');
  expect(text).toBe('+OK\r\n$3\r\none\r\n$2\r\nOK\r\n$3\r\ntwo\r\n');
});

test('a client that has not logged in cannot make the server hold large values', async () => {
  expect(await exchange('*2\r\n$3\r\nGET\r\n$100000000\r\n', 'error')).toMatch(/^-ERR Protocol error/);
});

test('a client that does not trust the authority does not connect', async () => {
  const client = connect({ tls: {} });
  const error = new Promise<Error>((resolve) => client.on('error', resolve));
  expect((await error).message).toMatch(/self-signed certificate/);
});

test('a client without TLS gets no answer', async () => {
  const text = await new Promise<string>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => resolve(received));
    socket.write('PING\r\n');
  });
  expect(text).not.toContain('PONG');
});
