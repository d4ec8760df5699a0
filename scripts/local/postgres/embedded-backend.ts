import { mkdir, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Backend } from './backend';
import { extensionsSql, IAM_ROLE, INITDB_PARAMETERS, rolesSql } from './bootstrap';
import { Connection } from './connection';
import { type DirectoryLock, lockDirectory } from './directory-lock';
import { Engine, type EngineFailure } from './engine';
import { refuse } from './handshake';
import { Multiplexer } from './multiplexer';
import type { PostgresOptions } from './options';
import { literal } from './protocol';
import { readTemplate, templateFile, writeTemplate } from './template';

/** server_version_num of the pinned PGlite. */
const ENGINE_VERSION = 180003;

/**
 * The engine has no background processes: nobody writes a checkpoint but us. Without one the write-ahead log grows
 * for as long as the engine runs, and all of it is replayed after a kill.
 */
const CHECKPOINT_EVERY_MS = 60_000;
const CHECKPOINT_AFTER_BYTES = 32 * 1024 * 1024;
const CHECKPOINT_SQL = `select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), redo_lsn) > ${CHECKPOINT_AFTER_BYTES}
  from pg_catalog.pg_control_checkpoint()`;

/** PGlite inside this process, shared by all clients. */
export class EmbeddedBackend implements Backend {
  readonly #connections = new Set<Connection>();
  #engine: Engine;
  #multiplexer: Multiplexer;
  #restarting: Promise<void> | undefined;
  readonly #checkpoints: NodeJS.Timeout;
  #closed = false;

  private constructor(
    private readonly options: PostgresOptions,
    private readonly log: (line: string) => void,
    private readonly lock: DirectoryLock | undefined,
    engine: Engine,
  ) {
    this.database = databaseOf(options);
    this.#engine = engine;
    this.#multiplexer = this.#multiplex(engine);
    this.#checkpoints = setInterval(() => void this.checkpoint(), CHECKPOINT_EVERY_MS);
    this.#checkpoints.unref();
  }

  readonly database: string;

  /** Opens the database, which is created on the first start. */
  static async open(options: PostgresOptions, log: (line: string) => void): Promise<EmbeddedBackend> {
    const lock = options.dataDirectory === undefined ? undefined : await lockDirectory(options.dataDirectory);
    try {
      return new EmbeddedBackend(options, log, lock, await openEngine(options));
    } catch (error) {
      await lock?.release();
      throw error;
    }
  }

  async admit(socket: Socket, parameters: Readonly<Record<string, string>>): Promise<void> {
    await this.#restarting;
    const fatal = (code: string, message: string): Error =>
      refuse(socket, { severity: 'FATAL', code, message });
    if (this.#closed) throw fatal('57P03', 'the database system is shutting down');
    if (this.#connections.size >= (this.options.maxConnections ?? 100)) {
      throw fatal('53300', 'sorry, too many clients already');
    }
    const connection = await Connection.open(socket, parameters, this.#multiplexer);
    if (socket.destroyed) return;
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  async usesToken(role: string): Promise<boolean> {
    await this.#restarting;
    const rows = await this.#multiplexer.query(
      `select 1 from pg_catalog.pg_roles r, pg_catalog.pg_roles i where i.rolname = '${IAM_ROLE}'
         and r.rolname = ${literal(role)} and pg_catalog.pg_has_role(r.oid, i.oid, 'usage')`,
    );
    return rows.length > 0;
  }

  cancel(processId: number, secret: number): void {
    for (const connection of this.#connections) {
      if (connection.session.processId === processId && connection.session.secret === secret) {
        this.#multiplexer.cancel(connection);
      }
    }
  }

  dump(): Promise<Uint8Array> {
    return this.#multiplexer.exclusively((engine) => engine.dump());
  }

  /** Writes a checkpoint when enough has been written since the last one. */
  async checkpoint(): Promise<boolean> {
    if (this.#closed || this.#restarting !== undefined) return false;
    try {
      const [row] = await this.#multiplexer.query(CHECKPOINT_SQL);
      if (row?.[0] !== 't') return false;
      await this.#multiplexer.query('checkpoint');
      return true;
    } catch (error) {
      this.log(`postgres: no checkpoint: ${String(error)}`);
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#checkpoints);
    this.#expel('57P01', 'terminating connection due to administrator command');
    await this.#restarting;
    await this.#multiplexer.stop();
    await this.#engine.close();
    await this.lock?.release();
  }

  #multiplex(engine: Engine): Multiplexer {
    engine.onFailure = (failure) => this.#restart(failure);
    return new Multiplexer(engine, this.options.idleInTransactionMs ?? 15_000);
  }

  #expel(code: string, message: string): void {
    for (const connection of this.#connections) connection.terminate({ severity: 'FATAL', code, message });
  }

  /** As a server after the crash of one of its processes: everybody out, recover, go on. */
  #restart(failure: EngineFailure): void {
    if (this.#closed) return;
    this.log(`postgres: the engine failed (${failure.message}); restarting it`);
    this.#expel('57P02', 'terminating connection because the engine crashed; committed data is safe');
    const failed = { engine: this.#engine, multiplexer: this.#multiplexer };
    this.#restarting = (async () => {
      await failed.multiplexer.stop();
      await failed.engine.close();
      this.#engine = await openEngine(this.options);
      this.#multiplexer = this.#multiplex(this.#engine);
    })()
      .catch((error: unknown) => this.log(`postgres: the engine did not come back: ${String(error)}`))
      .finally(() => {
        this.#restarting = undefined;
      });
  }
}

function databaseOf(options: PostgresOptions): string {
  return options.databaseName ?? 'landfall';
}

async function openEngine(options: PostgresOptions): Promise<Engine> {
  const database = databaseOf(options);
  const { dataDirectory } = options;
  const directory = dataDirectory === undefined ? {} : { dataDirectory };
  if (dataDirectory !== undefined) {
    await mkdir(dirname(dataDirectory), { recursive: true });
    if (await isFile(join(dataDirectory, 'PG_VERSION'))) return Engine.open({ ...directory, database });
  }
  const roles = rolesSql(options.masterUser ?? 'landfall', database, ENGINE_VERSION);
  const file =
    typeof options.template === 'string'
      ? await templateFile(
          options.template,
          [database, roles, extensionsSql, ...INITDB_PARAMETERS].join('\n'),
        )
      : undefined;
  const template =
    file === undefined ? (options.template as Uint8Array | undefined) : await readTemplate(file);
  if (template !== undefined) return Engine.open({ ...directory, template, database });

  const engine = await Engine.open({ ...directory, database: 'postgres' });
  // The catalog row, because a database that is in use cannot be renamed by ALTER DATABASE.
  await engine.query(
    `update pg_catalog.pg_database set datname = ${literal(database)} where datname = 'postgres'`,
  );
  await engine.query(roles);
  await engine.query(extensionsSql);
  await engine.query('checkpoint');
  if (file !== undefined) {
    // Without it the next start is slow, and nothing worse: a read-only cache must not prevent this one.
    await writeTemplate(file, await engine.dump()).catch(() => undefined);
  }
  return engine;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
