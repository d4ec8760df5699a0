import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import type { Backend } from './backend';
import { EXTENSIONS, IAM_ROLE, rolesSql } from './bootstrap';
import { startupSettings } from './connection';
import { refuse } from './handshake';
import type { PostgresOptions } from './options';
import {
  authenticationOk,
  backendKeyData,
  CANCEL_REQUEST,
  identifier,
  int32,
  literal,
  parameterStatus,
  readyForQuery,
} from './protocol';

/** SQLSTATEs of a login that a password can cure: no password is set, or another one. */
const WRONG_PASSWORD = new Set(['28P01', '28000']);

interface Wire {
  readonly client: pg.Client;
  /** What the server said before it was ready. */
  readonly greeting: Buffer;
  readonly processId: number;
  readonly secret: number;
}

/** The events of a connection of `pg` that its types leave out. */
interface RawConnection {
  readonly stream: Socket;
  on(
    event: 'parameterStatus',
    listener: (m: { parameterName: string; parameterValue: string }) => void,
  ): void;
  on(event: 'backendKeyData', listener: (m: { processID: number; secretKey: number }) => void): void;
}

/**
 * A real server behind our front. Every client gets a connection of its own, logged in as its own role: nothing it
 * does (RESET ROLE, DISCARD ALL) can make it somebody else. Roles that log in by IAM token on RDS have no password,
 * so on their first login they get one here, derived from the password in the URL.
 */
export class UrlBackend implements Backend {
  readonly #wires = new Set<Wire>();

  private constructor(
    private readonly url: URL,
    private readonly administrator: pg.Client,
    readonly database: string,
  ) {}

  /** Connects as the user of the URL; as a superuser it also makes the roles and extensions a new RDS has. */
  static async open(url: string, options: PostgresOptions, log: (line: string) => void): Promise<UrlBackend> {
    const parsed = new URL(url);
    const administrator = new pg.Client({ connectionString: url, application_name: 'landfall' });
    try {
      await administrator.connect();
    } catch (error) {
      const { host, username, pathname } = parsed;
      const where = `database "${pathname.slice(1)}" on ${host} as "${username}"`;
      throw new Error(`Cannot use ${where}: ${(error as Error).message}. Check --postgres-url.`, {
        cause: error,
      });
    }
    administrator.on('error', (error) => log(`postgres: ${error.message}`));
    try {
      const { rows } = await administrator.query<{ name: string; version: number; superuser: boolean }>(
        `select current_database() as name, current_setting('server_version_num')::int as version,
           rolsuper as superuser from pg_roles where rolname = current_user`,
      );
      const [{ name, version, superuser } = { name: '', version: 0, superuser: false }] = rows;
      if (superuser) {
        await administrator.query(rolesSql(options.masterUser ?? 'landfall', name, version));
        await createExtensions(administrator, log);
      }
      return new UrlBackend(parsed, administrator, options.databaseName ?? name);
    } catch (error) {
      await administrator.end();
      throw error;
    }
  }

  async admit(socket: Socket, parameters: Readonly<Record<string, string>>): Promise<void> {
    let wire: Wire;
    try {
      wire = await this.#logIn(parameters);
    } catch (error) {
      const { code = '08006', message } = error as pg.DatabaseError;
      throw refuse(socket, { severity: 'FATAL', code, message });
    }
    const { stream } = rawConnection(wire.client);
    // From here on the bytes are the client's: `pg` has done the login and must not read them.
    stream.removeAllListeners('data');
    this.#wires.add(wire);
    stream.once('close', () => {
      this.#wires.delete(wire);
      socket.end();
    });
    socket.once('close', () => stream.destroy());
    socket.write(
      Buffer.concat([
        authenticationOk,
        wire.greeting,
        backendKeyData(wire.processId, wire.secret),
        readyForQuery('I'),
      ]),
    );
    socket.pipe(stream).pipe(socket);
  }

  async usesToken(role: string): Promise<boolean> {
    const { rowCount } = await this.administrator.query(
      `select 1 from pg_roles r, pg_roles i
       where i.rolname = '${IAM_ROLE}' and r.rolname = $1 and pg_has_role(r.oid, i.oid, 'usage')`,
      [role],
    );
    return rowCount === 1;
  }

  cancel(processId: number, secret: number): void {
    const known = [...this.#wires].some((wire) => wire.processId === processId && wire.secret === secret);
    if (!known) return;
    const { stream } = rawConnection(this.administrator);
    const request = connect({ host: stream.remoteAddress ?? 'localhost', port: stream.remotePort ?? 5432 });
    request.on('error', () => request.destroy());
    request.end(Buffer.concat([int32(16), int32(CANCEL_REQUEST), int32(processId), int32(secret)]));
  }

  dump(): Promise<Uint8Array> {
    return Promise.reject(new Error('only the embedded database can be dumped'));
  }

  async close(): Promise<void> {
    for (const { client } of this.#wires) rawConnection(client).stream.destroy();
    await this.administrator.end();
  }

  async #logIn(parameters: Readonly<Record<string, string>>): Promise<Wire> {
    const role = parameters.user ?? '';
    if (role === decodeURIComponent(this.url.username)) {
      return this.#connect(role, decodeURIComponent(this.url.password), parameters);
    }
    const password = createHmac('sha256', this.url.password).update(`landfall ${role}`).digest('hex');
    try {
      return await this.#connect(role, password, parameters);
    } catch (error) {
      if (!WRONG_PASSWORD.has((error as pg.DatabaseError).code ?? '')) throw error;
    }
    // A superuser's password is somebody's: it is not ours to change.
    const { rows } = await this.administrator.query('select rolsuper from pg_roles where rolname = $1', [
      role,
    ]);
    if (rows[0]?.rolsuper === false) {
      await this.administrator.query(`alter role ${identifier(role)} password ${literal(password)}`);
    }
    return this.#connect(role, password, parameters);
  }

  async #connect(
    role: string,
    password: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Wire> {
    const url = new URL(this.url);
    url.username = encodeURIComponent(role);
    url.password = password;
    const options = startupSettings(parameters).map(([name, value]) => `-c ${name}=${escapeOption(value)}`);
    const client = new pg.Client({ connectionString: url.href, options: options.join(' ') });
    const greeting: Buffer[] = [];
    let key = { processID: 0, secretKey: 0 };
    const raw = rawConnection(client);
    raw.on('parameterStatus', (status) => {
      greeting.push(parameterStatus(status.parameterName, status.parameterValue));
    });
    raw.on('backendKeyData', (data) => {
      key = data;
    });
    client.on('error', () => client.end().catch(() => undefined));
    await client.connect();
    return { client, greeting: Buffer.concat(greeting), processId: key.processID, secret: key.secretKey };
  }
}

function rawConnection(client: pg.Client): RawConnection {
  return (client as unknown as { connection: RawConnection }).connection;
}

function escapeOption(value: string): string {
  return value.replace(/[\\\s]/g, (character) => `\\${character}`);
}

/** Those the server has. A migration that needs a missing one says so itself. */
async function createExtensions(administrator: pg.Client, log: (line: string) => void): Promise<void> {
  const { rows } = await administrator.query<{ name: string }>('select name from pg_available_extensions');
  const available = new Set(rows.map(({ name }) => name));
  for (const name of EXTENSIONS) {
    if (available.has(name)) await administrator.query(`create extension if not exists ${name}`);
    else log(`postgres: the server does not offer the extension ${name}`);
  }
}
