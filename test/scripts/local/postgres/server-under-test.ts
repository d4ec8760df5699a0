import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { type Certificates, ensureCertificates } from '../../../../scripts/local/certificates';
import type { PostgresOptions } from '../../../../scripts/local/postgres/options';
import { type PostgresServer, startPostgres } from '../../../../scripts/local/postgres/server';

/** Prepared once per checkout, so that a test file need not wait for PostGIS to be created. */
export const template = join(process.cwd(), 'node_modules', '.cache', 'landfall', 'postgres.tar.gz');

/** A server whose users log in with their own name and `-secret`, and clients for it. */
export interface ServerUnderTest {
  readonly server: PostgresServer;
  readonly directory: string;
  readonly certificates: Certificates;
  readonly log: string[];
  config(user: string, options?: ClientConfig): ClientConfig;
  /** A connected client; ended with `disconnectAll`. */
  connect(user: string, options?: ClientConfig): Promise<Client>;
  disconnectAll(): Promise<void>;
  close(): Promise<void>;
}

export async function startServerUnderTest(options: Partial<PostgresOptions> = {}): Promise<ServerUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'landfall-postgres-test-'));
  const certificates = await ensureCertificates(join(directory, 'certificates'));
  const log: string[] = [];
  const server = await startPostgres({
    tls: certificates,
    template,
    authenticate: async (user, password) => password === `${user}-secret`,
    log: (line) => log.push(line),
    ...options,
  });
  const clients = new Set<Client>();
  const config = (user: string, more: ClientConfig = {}): ClientConfig => ({
    host: 'localhost',
    port: server.port,
    user,
    password: `${user}-secret`,
    database: 'landfall',
    ssl: { ca: certificates.ca },
    ...more,
  });
  const disconnectAll = async (): Promise<void> => {
    const connected = [...clients];
    clients.clear();
    await Promise.all(connected.map((client) => client.end().catch(() => undefined)));
  };
  return {
    server,
    directory,
    certificates,
    log,
    config,
    connect: async (user, more) => {
      const client = new Client(config(user, more));
      // A test that breaks a connection looks at the query that fails; the event would end the process.
      client.on('error', () => undefined);
      await client.connect();
      clients.add(client);
      return client;
    },
    disconnectAll,
    close: async () => {
      await disconnectAll();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The error a promise is rejected with; fails when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure, but it succeeded');
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
