/** What users are moved to: a user pool of the local AWS endpoint and a migrated Postgres, and the command itself. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { buildSync } from 'esbuild';
import type { User } from '../../../../scripts/local/aws/cognito/records';
import type { Command, Shell } from '../../../../scripts/migrate/command';
import { command as users } from '../../../../scripts/migrate/users/command';
import { issuerOf } from '../../../../scripts/migrate/users/pool';
import { cacheDirectory } from '../../../support/assembly';
import { startTestDatabase, type TestDatabase } from '../../../support/database';
import { CREDENTIALS, type RunningEndpoint, startEndpoint } from '../../local/aws/running-endpoint';

export const oldIssuer = 'https://old.example.com/auth/v1';
const root = path.resolve(__dirname, '../../../..');

/** A pool as the stack makes it, as far as it matters to who is created how. */
const poolProperties = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Schema: [
    { Name: 'email', Required: true, Mutable: true },
    { Name: 'legacy_issuer', AttributeDataType: 'String', Mutable: false },
    { Name: 'legacy_subject', AttributeDataType: 'String', Mutable: false },
  ],
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Target {
  readonly aws: RunningEndpoint;
  readonly client: CognitoIdentityProviderClient;
  readonly database: TestDatabase;
  readonly poolId: string;
  readonly poolIssuer: string;
  /** Environment of the command. */
  readonly env: Record<string, string>;
  readonly directory: string;
  /** Everybody in the pool. */
  everybody(): User[];
  user(email: string): User | undefined;
  /** Rows of Landfall's identities and users, by subject. */
  identities(): Promise<Record<string, unknown>[]>;
  /** Empties the pool and the tables. */
  clear(): Promise<void>;
  file(name: string, content: string): Promise<string>;
  /** Runs the command in this process. */
  migrate(args: readonly string[], shell?: Partial<Shell>): Promise<Ended>;
  close(): Promise<void>;
}

/** Starts everything; `poolKey` makes another pool with `properties` on the same endpoint. */
export async function startTarget(properties: object = {}): Promise<Target> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-migrate-'));
  const [aws, database] = await Promise.all([startEndpoint(), startTestDatabase()]);
  const { id: poolId } = await aws.cognito.createUserPool({
    key: 'users',
    properties: { ...poolProperties, ...properties },
  });
  const client = new CognitoIdentityProviderClient(aws.client);
  const { host, port, user, password, database: name, ca } = database.target('owner');
  const authority = path.join(directory, 'ca.pem');
  await writeFile(authority, ca ?? '');
  const env = {
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${name}?sslrootcert=${encodeURIComponent(authority)}`,
  };
  const pool = () => aws.cognito.pool(poolId);
  return {
    aws,
    client,
    database,
    poolId,
    poolIssuer: issuerOf(poolId),
    env,
    directory,
    everybody: () => pool().list(),
    user: (email) => pool().find(email),
    identities: async () =>
      (
        await database.admin.query(
          `select i.issuer, i.subject, i.user_id, u.email, u.name, u.created_at
             from landfall.identities i join landfall.users u on u.id = i.user_id order by i.issuer, i.subject`,
        )
      ).rows,
    clear: async () => {
      for (const each of pool().list()) await pool().remove(each);
      await database.admin.query('delete from landfall.users; delete from landfall.legacy_users');
    },
    file: async (name, content) => {
      const file = path.join(directory, name);
      await writeFile(file, content);
      return file;
    },
    migrate: (args, shell = {}) => runHere(users, args, env, shell),
    close: async () => {
      client.destroy();
      await Promise.all([aws.stop(), database.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs a command as its dispatcher does, with the AWS part of the environment in place while it runs. */
async function runHere(
  command: Command,
  args: readonly string[],
  env: Record<string, string>,
  shell: Partial<Shell>,
): Promise<Ended> {
  const before = { ...process.env };
  const written = { stdout: '', stderr: '' };
  Object.assign(process.env, env, shell.env);
  const interrupted = new AbortController().signal;
  setMaxListeners(0, interrupted);
  try {
    const code = await command.main(args, {
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      interrupted,
      ...shell,
      env: { ...env, ...shell.env },
    });
    return { code, ...written };
  } finally {
    process.env = before;
  }
}

export interface Child {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** The command line in one file, which starts in half the time; named by its content, so that tests share it. */
function bundledCommand(): string {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(root, 'scripts', 'landfall.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  const name = `landfall-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
  const file = path.join(cacheDirectory, name);
  if (!existsSync(file)) {
    mkdirSync(cacheDirectory, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}

let bundled: string | undefined;

/** Runs the command line as a process of its own. */
export function spawnCommand(
  args: readonly string[],
  env: Record<string, string>,
  { node = [] }: { readonly node?: readonly string[] } = {},
): Child {
  bundled ??= bundledCommand();
  const child = spawn(process.execPath, [...node, bundled, 'migrate', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    stdout += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { ended, kill: (signal) => child.kill(signal) };
}
