/** The way of migration commands into Landfall's Postgres: as `migrator`, over verified TLS. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Client, DatabaseError, type QueryResult } from 'pg';
import { urlTarget } from '../../lambdas/shared/database-secret';
import { UsageError } from './command';
import { isCertificateFailure, isNetworkFailure, reasonOf, trustFix } from './failures';
import { retry } from './retry';

export interface DatabaseAddress {
  /** `host/name`, for people and the journal. */
  readonly name: string;
  readonly connect: () => Promise<Client>;
}

export type Query = (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

const connectTimeoutMs = 10_000;

/**
 * Reads DATABASE_URL. Beside the usual parts it takes two parameters that libpq knows: `sslrootcert`, a file with
 * the authority to trust, and `hostaddr`, where to connect instead of the host, which is still the name that the
 * certificate has to carry: a tunnel's end on this machine.
 *
 * @throws {UsageError} that never contains the URL
 */
export function databaseAddress(url: string | undefined): DatabaseAddress {
  if (!url)
    throw new UsageError(
      'DATABASE_URL is not set. It names the database of Landfall and its owner, or a member of migrator:\n' +
        '  DATABASE_URL=postgresql://user:password@host:5432/name?sslrootcert=global-bundle.pem',
    );
  const target = (() => {
    try {
      return urlTarget({ url });
    } catch {
      throw new UsageError('DATABASE_URL: expected postgresql://user:password@host:5432/name.');
    }
  })();
  const { host, port, user, password, database } = target;
  const parameters = new URL(url).searchParams;
  const unknown = [...parameters.keys()].filter(
    (key) => !['sslrootcert', 'hostaddr', 'sslmode'].includes(key),
  );
  if (unknown.length > 0)
    throw new UsageError(`DATABASE_URL: unknown parameter ${unknown[0]}. Known: sslrootcert, hostaddr.`);
  const mode = parameters.get('sslmode');
  if (mode && mode !== 'verify-full')
    throw new UsageError(`DATABASE_URL: sslmode=${mode} is not honoured, TLS is always verified. Remove it.`);
  const authority = parameters.get('sslrootcert');
  const address = parameters.get('hostaddr');
  if (address && isIP(address) === 0)
    throw new UsageError('DATABASE_URL: hostaddr takes an IP address, for example 127.0.0.1.');
  return {
    name: `${host}/${database}`,
    connect: async () => {
      const client = new Client({
        host: address ?? host,
        port,
        user,
        password,
        database,
        ssl: {
          rejectUnauthorized: true,
          ...(isIP(host) === 0 && { servername: host }),
          ...(authority && { ca: await readAuthority(authority) }),
        },
        keepAlive: true,
        connectionTimeoutMillis: connectTimeoutMs,
        application_name: 'landfall migrate',
      });
      // The next query tells; without a listener a connection that breaks while idle would end the process.
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
  };
}

function readAuthority(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: Error) => {
    throw new UsageError(`DATABASE_URL: sslrootcert cannot be read: ${cause.message}`);
  });
}

export interface TargetDatabaseOptions {
  readonly interrupted: AbortSignal;
  readonly log: (line: string) => void;
}

/** One connection that is opened when it is needed, and replaced when it breaks. */
export class TargetDatabase {
  #client: Client | undefined;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly options: TargetDatabaseOptions,
  ) {}

  /**
   * Runs the work in a transaction as `migrator`. It is run again when the connection breaks or the transaction
   * met another one, even if it may have been committed: it must be repeatable.
   * @throws Error naming the fix
   */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    try {
      return await retry(() => this.#attempt(work), {
        ...this.options,
        retryable: isTemporary,
        onRetry: (error, waitMs) =>
          this.options.log(
            `database ${this.address.name}: ${reasonOf(error)}; again in ${Math.ceil(waitMs / 100) / 10} s`,
          ),
      });
    } catch (error) {
      throw explained(error, this.address.name);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #attempt<T>(work: (query: Query) => Promise<T>): Promise<T> {
    this.#client ??= await this.address.connect();
    const client = this.#client;
    const query: Query = async (text, values = []) =>
      ((await client.query(text, [...values])) as QueryResult<Record<string, unknown>>).rows;
    try {
      await client.query('begin; set local role migrator; set local search_path = pg_catalog, pg_temp');
      const value = await work(query);
      await client.query('commit');
      return value;
    } catch (error) {
      const rolledBack = await client.query('rollback').then(
        () => true,
        () => false,
      );
      if (!rolledBack) {
        this.#client = undefined;
        client.end().catch(() => undefined);
      }
      throw error;
    }
  }
}

/** Connection exceptions, shutdowns, too many connections, deadlocks and serialization failures. */
const temporary = /^(?:08|57P|53300|40001|40P01)/;

function isTemporary(error: unknown): boolean {
  if (error instanceof DatabaseError) return temporary.test(error.code ?? '');
  return isNetworkFailure(error) || /terminated|timeout|not queryable/i.test((error as Error).message ?? '');
}

function explained(error: unknown, name: string): unknown {
  const fix = fixOf(error);
  return fix === undefined
    ? error
    : new Error(`database ${name}: ${reasonOf(error)}. ${fix}`, { cause: error });
}

function fixOf(error: unknown): string | undefined {
  if (isCertificateFailure(error)) return `Name the authority in sslrootcert of DATABASE_URL. ${trustFix}`;
  if (error instanceof DatabaseError) {
    const { code = '' } = error;
    if (code.startsWith('28'))
      return 'Check user and password in DATABASE_URL. RDS may want a token: docs/runbook.md, "Reach the database".';
    if (code === '3D000') return 'Check the name at the end of DATABASE_URL.';
    if (code === '42501')
      return 'Connect as the owner of the database, or as a role that was granted migrator.';
    if (['22023', '3F000', '42P01', '42703'].includes(code))
      return 'It lacks the schema of this version: deploy it first (npm run deploy).';
    return temporary.test(code) ? 'Run again when it is well: what is done is kept.' : undefined;
  }
  if (/does not support SSL/i.test(reasonOf(error)))
    return 'Only servers with TLS are accepted: a password must not travel in the clear.';
  return isTemporary(error)
    ? 'It cannot be reached. Is the tunnel open (docs/runbook.md, "Reach the database")?'
    : undefined;
}
