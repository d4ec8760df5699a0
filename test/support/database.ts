/**
 * A migrated database on a real Postgres for one test file.
 *
 * By default it lives in a cluster of its own (embedded binaries: no PostGIS, no pgvector, so the bootstrap
 * asks for pgcrypto only). TEST_DATABASE_URL, the URL of a superuser on a server with TLS, uses that server
 * instead; `sslrootcert` in its query names the file with the certificate to trust.
 *
 * As on RDS, the owner of the database is no superuser: it may create roles and nothing more.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { readSql, sessionOf } from '../../lambdas/migrations/handler';
import { type MigrationSummary, migrate } from '../../lambdas/migrations/migrate';
import { parseMigrations } from '../../lambdas/migrations/plan';
import type { Target } from '../../lambdas/shared/connection';
import { type Database, openDatabase } from '../../lambdas/shared/database';
import { urlTarget } from '../../lambdas/shared/database-secret';
import { ensureCertificates } from '../../scripts/local/certificates';
import { startEmbeddedPostgres } from './embedded-postgres';

export type DatabaseUser = 'owner' | 'app' | 'maintenance' | 'identity' | 'worker';

export interface TestDatabase {
  /** Superuser, past every policy: arranges and asserts. */
  readonly admin: Client;
  target(user: DatabaseUser): Target;
  /** The application's door; closed with the test database. */
  open(): Database;
  /** A connection of its own, closed with the test database. */
  connect(user: DatabaseUser): Promise<Client>;
  migrate(): Promise<MigrationSummary>;
  close(): Promise<void>;
}

const loginRoles = ['app', 'maintenance', 'identity', 'worker'] as const;

/** All that the bootstrap creates. */
export const roles = ['migrator', ...loginRoles, 'anon', 'authenticated', 'service_role'] as const;

export const testExtensions = ['pgcrypto'];
export const sqlDirectory = path.resolve(__dirname, '..', '..', 'lambdas', 'migrations', 'sql');

export interface TestDatabaseOptions {
  /** @default true */
  readonly migrated?: boolean;
  /** Share a cluster between databases that are used one after the other. @default a cluster of its own */
  readonly cluster?: Cluster;
}

export async function startTestDatabase({
  migrated = true,
  cluster,
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = cluster ?? (await startCluster());
  const suffix = randomBytes(4).toString('hex');
  const database = `landfall_${suffix}`;
  const owner = `owner_${suffix}`;
  const password = randomBytes(12).toString('hex');
  const closing: (() => Promise<unknown>)[] = [];

  const target = (user: string, secret: string): Target => ({
    ...server.superuser,
    user,
    password: secret,
    database,
  });
  const connected = async (where: Target) => {
    const { ca, ...config } = where;
    const client = new Client({ ...config, ssl: { rejectUnauthorized: true, ...(ca && { ca }) } });
    // Tests end connections from the other side; the next query tells.
    client.on('error', () => undefined);
    await client.connect();
    closing.push(() => client.end());
    return client;
  };

  const root = await connected(server.superuser);
  await root.query(`create role ${owner} login createrole createdb password '${password}'`);
  await root.query(`create database ${database} owner ${owner}`);
  const admin = await connected({ ...server.superuser, database });

  const self: TestDatabase = {
    admin,
    target: (user) => target(user === 'owner' ? owner : user, password),
    open: () => {
      const opened = openDatabase(async () => self.target('app'));
      closing.push(() => opened.close());
      return opened;
    },
    connect: (user) => connected(self.target(user)),
    migrate: async () => {
      const session = await connected(self.target('owner'));
      return migrate(sessionOf(session), parseMigrations(await readSql(sqlDirectory)), {
        extensions: testExtensions,
      });
    },
    close: async () => {
      for (const close of closing.slice(1).reverse()) await close();
      await root.query(`drop database ${database} with (force)`);
      // Roles belong to the server: the next test on it starts without them.
      if (cluster) await root.query(`drop role if exists ${[...roles, 'rds_iam'].join(', ')}`);
      await root.end();
      if (!cluster) await server.stop();
    },
  };
  if (migrated) {
    await self.migrate();
    for (const role of loginRoles) await admin.query(`alter role ${role} password '${password}'`);
  }
  return self;
}

/** A server that tests share one after the other. */
export interface Cluster {
  readonly superuser: Target;
  stop(): Promise<void>;
}

/** A Postgres with TLS: one of its own, or that of TEST_DATABASE_URL. */
export async function startCluster(): Promise<Cluster> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    const certificate = new URL(given).searchParams.get('sslrootcert');
    const ca = certificate ? await readFile(certificate, 'utf8') : undefined;
    return { superuser: { ...urlTarget({ url: given }), ca }, stop: async () => undefined };
  }
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-certificates-'));
  const { ca, cert, key } = await ensureCertificates(directory);
  await rm(directory, { recursive: true });
  const { url, close } = await startEmbeddedPostgres({ tls: { cert, key } });
  return { superuser: { ...urlTarget({ url }), ca }, stop: close };
}
