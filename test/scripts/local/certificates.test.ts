import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { type Certificates, ensureCertificates } from '../../../scripts/local/certificates';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'landfall-certificates-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Resolves when a client that trusts `ca` accepts the server; rejects with the reason when it does not. */
async function handshake(served: Certificates, ca: string, host: string): Promise<void> {
  const server = createServer(served, (socket) => socket.end());
  server.on('tlsClientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  try {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port, ca }, () => resolve());
      socket.on('error', reject).on('secureConnect', () => socket.destroy());
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test.each(['localhost', '127.0.0.1'])('a client that trusts the authority accepts %s', async (host) => {
  const made = await ensureCertificates(directory);
  await handshake(made, made.ca, host);
  expect(await readFile(made.caFile, 'utf8')).toBe(made.ca);
});

test('a client that trusts another authority does not', async () => {
  const made = await ensureCertificates(join(directory, 'one'));
  const other = await ensureCertificates(join(directory, 'other'));
  await expect(handshake(made, other.ca, 'localhost')).rejects.toThrow(/certificate/);
});

test('files are kept, and only their owner can read them', async () => {
  const made = await ensureCertificates(directory);
  expect(await ensureCertificates(directory)).toEqual(made);
  const files = await readdir(directory);
  expect(files.sort()).toEqual(['ca.key', 'ca.pem', 'localhost.key', 'localhost.pem']);
  for (const file of files) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
});

test('the certificate is renewed before it expires, the authority is kept', async () => {
  const made = await ensureCertificates(directory);
  const until = Date.parse(new X509Certificate(made.cert).validTo);
  jest.useFakeTimers({
    now: until - 29 * 24 * 60 * 60 * 1000,
    doNotFake: ['setImmediate', 'nextTick', 'setTimeout', 'queueMicrotask'],
  });
  try {
    const renewed = await ensureCertificates(directory);
    expect(renewed.ca).toBe(made.ca);
    expect(Date.parse(new X509Certificate(renewed.cert).validTo)).toBeGreaterThan(until);
    jest.setSystemTime(Date.parse(new X509Certificate(made.ca).validTo));
    const replaced = await ensureCertificates(directory);
    expect(replaced.ca).not.toBe(made.ca);
    expect(new X509Certificate(replaced.cert).verify(new X509Certificate(replaced.ca).publicKey)).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});

test('a damaged file is replaced', async () => {
  const made = await ensureCertificates(directory);
  await writeFile(join(directory, 'localhost.pem'), 'half a certif');
  const repaired = await ensureCertificates(directory);
  expect(repaired.ca).toBe(made.ca);
  await handshake(repaired, made.ca, 'localhost');
});
