/** What users are moved to: a user pool of the local AWS endpoint and a migrated Postgres, and the command itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { User } from '../../../../scripts/local/aws/cognito/records';
import type { Shell } from '../../../../scripts/migrate/command';
import { command as users } from '../../../../scripts/migrate/users/command';
import { issuerOf } from '../../../../scripts/migrate/users/pool';
import { startTestDatabase, type TestDatabase } from '../../../support/database';
import { type Child, type Ended, runHere, type SpawnOptions, spawnLandfall } from '../../landfall-command';
import { CREDENTIALS, type RunningEndpoint, startEndpoint } from '../../local/aws/running-endpoint';

export const oldIssuer = 'https://old.example.com/auth/v1';

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

/** Runs `migrate` as a process of its own. */
export const spawnCommand = (
  args: readonly string[],
  env: Record<string, string>,
  options?: SpawnOptions,
): Child => spawnLandfall(['migrate', ...args], env, options);
