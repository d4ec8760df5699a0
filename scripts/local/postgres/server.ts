import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Connection } from './connection';
import { type DirectoryLock, lockDirectory } from './directory-lock';
import { Engine, type EngineFailure } from './engine';
import { HandshakeError, readPassword, readStartup, refuse, type Startup } from './handshake';
import { Multiplexer } from './multiplexer';
import { identifier, literal } from './protocol';
import { extensionsSql, IAM_ROLE, rolesSql } from './roles';

export interface PostgresOptions {
  /** Where the database lives. @default in memory */
  readonly dataDirectory?: string;
  /** @default a free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly tls: { readonly cert: string; readonly key: string };
  /** Admit connections without TLS. RDS with `rds.force_ssl` does not. @default false */
  readonly allowPlain?: boolean;
  /** @default 'landfall' */
  readonly databaseName?: string;
  /** Owner of the database, as the master user of an RDS instance: no superuser. @default 'landfall' */
  readonly masterUser?: string;
  /** Says whether the password, or IAM token, of a role is right. */
  authenticate(user: string, password: string): Promise<boolean>;
  /**
   * A database to start from when the data directory is empty: a dump, or the path of one. A path that does not
   * exist is written after the first start, so that the next one is quick.
   */
  readonly template?: Uint8Array | string;
  /** @default 100 */
  readonly maxConnections?: number;
  /** How long a transaction may stay idle while another client waits for the engine. @default 15000 */
  readonly idleInTransactionMs?: number;
  readonly log?: (line: string) => void;
}

export interface PostgresServer {
  readonly port: number;
  /** The database as it is now, for `template`. */
  dump(): Promise<Uint8Array>;
  close(): Promise<void>;
}

const AUTHENTICATION_TIMEOUT_MS = 30_000;

/**
 * A PostgreSQL server on loopback in front of an embedded engine (PGlite): TLS, logins checked by a callback, real
 * roles, and many clients on the engine's one session.
 *
 * What differs from a server: transactions of different clients run one after the other; a running statement cannot
 * be cancelled, nor stopped by statement_timeout; temporary tables, cursors WITH HOLD and sequences' `currval` do
 * not outlive a transaction when another client comes in between; there is no autovacuum.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? (() => undefined);
  const lock = options.dataDirectory === undefined ? undefined : await lockDirectory(options.dataDirectory);
  try {
    const engine = await openEngine(options);
    return await new Front(options, engine, lock, log).listen();
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

class Front implements PostgresServer {
  readonly #server: Server;
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<Connection>();
  readonly #database: string;
  #engine: Engine;
  #multiplexer: Multiplexer;
  #restarting: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly options: PostgresOptions,
    engine: Engine,
    private readonly lock: DirectoryLock | undefined,
    private readonly log: (line: string) => void,
  ) {
    this.#context = createSecureContext({ ...options.tls, minVersion: 'TLSv1.2' });
    this.#database = options.databaseName ?? 'landfall';
    this.#engine = engine;
    this.#multiplexer = this.#multiplex(engine);
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // Failures surface where the socket is read; here they must only not end the process.
      socket.on('error', () => socket.destroy());
      void this.#serve(socket);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.options.port ?? 0, this.options.host ?? '127.0.0.1', resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  dump(): Promise<Uint8Array> {
    return this.#multiplexer.exclusively((engine) => engine.dump());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const listening = new Promise((resolve) => this.#server.close(resolve));
    this.#expel('57P01', 'terminating connection due to administrator command');
    await this.#restarting;
    await this.#multiplexer.stop();
    for (const socket of this.#sockets) socket.destroy();
    await listening;
    await this.#engine.close();
    await this.lock?.release();
  }

  #multiplex(engine: Engine): Multiplexer {
    engine.onFailure = (failure) => this.#restart(failure);
    return new Multiplexer(engine, this.options.idleInTransactionMs ?? 15_000, this.log);
  }

  #expel(code: string, message: string): void {
    for (const connection of this.#connections) connection.terminate({ severity: 'FATAL', code, message });
  }

  /** As a server after the crash of one of its processes: everybody out, recover, go on. */
  #restart(failure: EngineFailure): void {
    if (this.#closed) return;
    this.log(`postgres: the engine failed (${failure.message}); restarting it`);
    this.#expel('57P02', 'terminating connection because the engine crashed; committed data is safe');
    const failed = this.#multiplexer;
    this.#restarting = (async () => {
      await failed.stop();
      this.#engine = await openEngine(this.options);
      this.#multiplexer = this.#multiplex(this.#engine);
    })()
      .catch((error: unknown) => this.log(`postgres: the engine did not come back: ${String(error)}`))
      .finally(() => {
        this.#restarting = undefined;
      });
  }

  async #serve(raw: Socket): Promise<void> {
    const timeout = setTimeout(() => raw.destroy(), AUTHENTICATION_TIMEOUT_MS);
    timeout.unref();
    try {
      const startup = await readStartup(raw, this.#context);
      if (startup.kind === 'cancel') {
        this.#cancel(startup.processId, startup.secret);
        raw.destroy();
        return;
      }
      startup.socket.on('error', () => raw.destroy());
      await this.#admit(startup);
    } catch (error) {
      if (!(error instanceof HandshakeError))
        this.log(`postgres: ${String((error as Error).stack ?? error)}`);
      // Leaves a moment for an error that has been sent to arrive.
      if (!raw.writableEnded) raw.end();
      setTimeout(() => raw.destroy(), 1000).unref();
    } finally {
      clearTimeout(timeout);
    }
  }

  async #admit({ socket, encrypted, parameters }: Startup): Promise<void> {
    const { user = '', database = user } = parameters;
    const fatal = (code: string, message: string): Error =>
      refuse(socket, { severity: 'FATAL', code, message });
    if (user === '') throw fatal('28000', 'no PostgreSQL user name specified in startup packet');
    if (!encrypted && this.options.allowPlain !== true) {
      const host = socket.remoteAddress ?? '';
      throw fatal(
        '28000',
        `no pg_hba.conf entry for host "${host}", user "${user}", database "${database}", no encryption`,
      );
    }
    const password = await readPassword(socket);
    if (!(await this.options.authenticate(user, password))) {
      throw fatal('28P01', `${await this.#method(user)} authentication failed for user "${user}"`);
    }
    if (database !== this.#database) throw fatal('3D000', `database "${database}" does not exist`);
    await this.#restarting;
    if (this.#closed) throw fatal('57P03', 'the database system is shutting down');
    if (this.#multiplexer.clients >= (this.options.maxConnections ?? 100)) {
      throw fatal('53300', 'sorry, too many clients already');
    }
    const connection = await Connection.open(socket, parameters, this.#multiplexer);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** RDS checks IAM tokens through PAM, and its error says so. */
  async #method(user: string): Promise<'PAM' | 'password'> {
    const rows = await this.#multiplexer.query(
      `select 1 from pg_catalog.pg_roles r, pg_catalog.pg_roles i where i.rolname = '${IAM_ROLE}'
         and r.rolname = ${literal(user)} and pg_catalog.pg_has_role(r.oid, i.oid, 'usage')`,
    );
    return rows.length > 0 ? 'PAM' : 'password';
  }

  #cancel(processId: number, secret: number): void {
    for (const connection of this.#connections) {
      if (connection.session.processId === processId && connection.session.secret === secret) {
        this.#multiplexer.cancel(connection);
      }
    }
  }
}

/** Opens the database; creates it, with roles and extensions, on the first start. */
async function openEngine(options: PostgresOptions): Promise<Engine> {
  const database = options.databaseName ?? 'landfall';
  const { dataDirectory } = options;
  if (dataDirectory !== undefined) await mkdir(dirname(dataDirectory), { recursive: true });
  const directory = dataDirectory === undefined ? {} : { dataDirectory };
  if (dataDirectory !== undefined && (await exists(join(dataDirectory, 'PG_VERSION')))) {
    return Engine.open({ ...directory, database });
  }
  const template =
    typeof options.template === 'string' ? await readIfExists(options.template) : options.template;
  if (template !== undefined) return Engine.open({ ...directory, template, database });

  const engine = await Engine.open({ ...directory, database: 'postgres' });
  // The catalog row, because a database that is in use cannot be renamed by ALTER DATABASE.
  await engine.query(
    `update pg_catalog.pg_database set datname = ${literal(database)} where datname = 'postgres'`,
  );
  await engine.query(rolesSql(options.masterUser ?? 'landfall', database));
  await engine.query(extensionsSql);
  await engine.query(`grant connect on database ${identifier(database)} to public; checkpoint`);
  if (typeof options.template === 'string') await writeTemplate(options.template, await engine.dump());
  return engine;
}

/** By rename: another process that starts now must never see half of it. */
async function writeTemplate(path: string, dump: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, dump);
  await rename(partial, path);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function readIfExists(path: string): Promise<Uint8Array | undefined> {
  return (await exists(path)) ? readFile(path) : undefined;
}
