import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AlreadyRunningError, refuseSecondInstance, takeLock } from '../../../scripts/local/instance-lock';
import { removeTemporaryDirectories, temporaryDirectory } from './deployed-app';

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) server.close();
  removeTemporaryDirectories();
});

/** Something that listens, and says who it is when asked. */
async function listening(answer: () => string): Promise<string> {
  const server = createServer((_message, response) => response.end(answer()));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

const lockFile = () => join(temporaryDirectory(), 'lock.json');

test('a second instance is refused with the address and the process of the first', async () => {
  const file = lockFile();
  let id = '';
  const url = await listening(() => JSON.stringify({ id }));
  await takeLock(file, url, (given) => {
    id = given;
  });
  await expect(refuseSecondInstance(file)).rejects.toThrow(AlreadyRunningError);
  await expect(refuseSecondInstance(file)).rejects.toThrow(`${url} (process ${process.pid})`);
  await expect(takeLock(file, 'http://localhost:1', () => undefined)).rejects.toThrow(AlreadyRunningError);
});

test('a lock whose process is gone is taken over, and released only by its owner', async () => {
  const file = lockFile();
  const stale = { id: 'stale', pid: 999_999, url: 'http://localhost:1' };
  writeFileSync(file, JSON.stringify(stale));
  const lock = await takeLock(file, 'http://localhost:1', () => undefined);
  expect(lock.id).not.toBe('stale');
  const next = await takeLock(file, 'http://localhost:1', () => undefined);
  lock.release();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ id: next.id });
  next.release();
  expect(existsSync(file)).toBe(false);
  await expect(refuseSecondInstance(file)).resolves.toBeUndefined();
});

test('a lock is stale although its process id lives and its port answers, when that is another program', async () => {
  const file = lockFile();
  const url = await listening(() => 'something else');
  writeFileSync(file, JSON.stringify({ id: 'stale', pid: process.pid, url }));
  await expect(refuseSecondInstance(file)).resolves.toBeUndefined();
});

test('a lock file cut short by a crash holds nobody back', async () => {
  const file = lockFile();
  writeFileSync(file, '{"id": "ha');
  await expect(takeLock(file, 'http://localhost:1', () => undefined)).resolves.toMatchObject({
    pid: process.pid,
  });
});
