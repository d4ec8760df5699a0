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
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { readSql, sessionOf } from '../../lambdas/migrations/handler';
import { type MigrationSummary, migrate } from '../../lambdas/migrations/migrate';
import { parseMigrations } from '../../lambdas/migrations/plan';
import type { Target } from '../../lambdas/shared/connection';
import { type Database, openDatabase } from '../../lambdas/shared/database';
import { type Cluster, startCluster } from './postgres-cluster';

export interface TestDatabase {
  /** Superuser, past every policy: arranges and asserts. */
  readonly admin: Client;
  target(user: 'owner' | 'app' | 'maintenance'): Target;
  /** The application's door; closed with the test database. */
  open(): Database;
  /** A connection of its own, closed with the test database. */
  connect(user: 'owner' | 'app' | 'maintenance'): Promise<Client>;
  migrate(): Promise<MigrationSummary>;
  close(): Promise<void>;
}

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
  const server = cluster ? sharedServer(cluster) : await findServer();
  const suffix = randomBytes(4).toString('hex');
  const database = `landfall_${suffix}`;
  const owner = `owner_${suffix}`;
  const password = randomBytes(12).toString('hex');
  const closing: (() => Promise<unknown>)[] = [];

  const target = (user: string, secret: string, name = database): Target => ({
    ...server.address,
    user,
    password: secret,
    database: name,
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

  const root = await connected(
    target(server.superuser.user, server.superuser.password, server.maintenanceDatabase),
  );
  await root.query(`create role ${owner} login createrole createdb password '${password}'`);
  await root.query(`create database ${database} owner ${owner}`);
  const admin = await connected(target(server.superuser.user, server.superuser.password));

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
      await server.clean(root);
      await root.end();
      await server.stop();
    },
  };
  if (migrated) {
    await self.migrate();
    await admin.query(`alter role app password '${password}'; alter role maintenance password '${password}'`);
  }
  return self;
}

interface Server {
  readonly address: Pick<Target, 'host' | 'port' | 'ca'>;
  readonly superuser: { readonly user: string; readonly password: string };
  readonly maintenanceDatabase: string;
  /** Roles belong to the server, not to the database. */
  clean(root: Client): Promise<void>;
  stop(): Promise<void>;
}

async function findServer(): Promise<Server> {
  const given = process.env.TEST_DATABASE_URL;
  if (!given) {
    const cluster = await startCluster();
    return { ...sharedServer(cluster), clean: async () => undefined, stop: () => cluster.stop() };
  }
  const url = new URL(given);
  const certificate = url.searchParams.get('sslrootcert');
  return {
    address: {
      host: url.hostname,
      port: Number(url.port || 5432),
      ...(certificate && { ca: await readFile(certificate, 'utf8') }),
    },
    superuser: { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    maintenanceDatabase: url.pathname.slice(1) || 'postgres',
    clean: async () => undefined,
    stop: async () => undefined,
  };
}

function sharedServer(cluster: Cluster): Server {
  return {
    address: { host: 'localhost', port: cluster.port, ca: cluster.ca },
    superuser: cluster.superuser,
    maintenanceDatabase: 'postgres',
    clean: async (root) => {
      await root.query('drop role if exists migrator, app, maintenance, rds_iam');
    },
    stop: async () => undefined,
  };
}
