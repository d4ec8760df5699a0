import type { Socket } from 'node:net';
import { loginSql } from './bootstrap';
import { ClientSession } from './client-session';
import { refuse } from './handshake';
import { keepIdentity } from './identity-guard';
import type { Client, Multiplexer } from './multiplexer';
import {
  authenticationOk,
  backendKeyData,
  errorResponse,
  literal,
  MessageReader,
  type PostgresError,
  parameterStatus,
  readyForQuery,
  type,
} from './protocol';

/** Reading stops while this much of a client's input waits for the engine. */
const INBOX_BYTES = 16 * 1024 * 1024;

const ACCEPTED: ReadonlySet<number> = new Set([
  ...[type.query, type.parse, type.bind, type.describe, type.execute, type.close, type.flush, type.sync],
  ...[type.functionCall, type.copyData, type.copyDone, type.copyFail],
]);

/** Settings a server reports after login, and whenever they change. */
const REPORTED = [
  ...['application_name', 'client_encoding', 'DateStyle', 'default_transaction_read_only', 'in_hot_standby'],
  ...[
    'integer_datetimes',
    'IntervalStyle',
    'is_superuser',
    'scram_iterations',
    'search_path',
    'server_encoding',
  ],
  ...['server_version', 'session_authorization', 'standard_conforming_strings', 'TimeZone'],
];

/** Startup parameters that are not settings. */
const NOT_SETTINGS = new Set(['user', 'database', 'options', 'replication']);

/** An authenticated client of the embedded engine. */
export class Connection implements Client {
  readonly #reader = new MessageReader();
  #leaving = false;

  private constructor(
    readonly session: ClientSession,
    private readonly socket: Socket,
    private readonly multiplexer: Multiplexer,
  ) {}

  /** Completes the login of a client whose password was right, and serves it until it leaves. */
  static async open(
    socket: Socket,
    parameters: Readonly<Record<string, string>>,
    multiplexer: Multiplexer,
  ): Promise<Connection> {
    const role = parameters.user ?? '';
    const [login, ...roleSettings] = await multiplexer.query(loginSql(role));
    const fatal = (code: string, message: string): Error =>
      refuse(socket, { severity: 'FATAL', code, message });
    if (login?.[0] !== 'role') throw fatal('28000', `role "${role}" does not exist`);
    if (login[1] !== 'true') throw fatal('28000', `role "${role}" is not permitted to log in`);
    if (login[2] !== 'true') throw fatal('42501', `permission denied for database "${parameters.database}"`);
    const session = new ClientSession(
      role,
      roleSettings.map(([, name, value]) => setConfig([String(name), String(value)])),
      startupSettings(parameters).map(setConfig),
    );
    const connection = new Connection(session, socket, multiplexer);
    await connection.#welcome();
    return connection;
  }

  async #welcome(): Promise<void> {
    const names = REPORTED.map(literal).join(',');
    this.multiplexer.add(this);
    this.socket.once('close', () => this.multiplexer.remove(this));
    if (this.socket.destroyed) this.multiplexer.remove(this);
    const rows = await this.multiplexer.query(
      `select name, pg_catalog.current_setting(name, true) from pg_catalog.unnest(array[${names}]) as name`,
      this,
    );
    if (rows.length === 0) return;
    this.send(
      Buffer.concat([
        authenticationOk,
        ...rows.map(([name, value]) => parameterStatus(String(name), String(value ?? ''))),
        backendKeyData(this.session.processId, this.session.secret),
        readyForQuery('I'),
      ]),
    );
    this.socket.on('data', (chunk) => this.#receive(chunk as Buffer));
    this.socket.resume();
  }

  send(data: Buffer): void {
    if (this.socket.writable) this.socket.write(data);
  }

  terminate(error: PostgresError): void {
    if (!this.socket.writable) return;
    this.socket.end(errorResponse(error));
    // A client that does not hang up in its turn must not keep the connection.
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }

  drained(): void {
    if (this.session.inboxBytes < INBOX_BYTES) this.socket.resume();
    if (this.#leaving && !this.session.ready) this.socket.end();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.read(chunk)) this.#accept(message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.terminate({ severity: 'FATAL', code: '08P01', message: error.message });
      return;
    }
    this.multiplexer.submit(this);
    if (this.session.inboxBytes >= INBOX_BYTES) this.socket.pause();
  }

  #accept(message: Buffer): void {
    const kind = message[0] as number;
    if (this.#leaving) return;
    if (kind === type.terminate) {
      this.#leaving = true;
      if (!this.session.ready) this.socket.end();
      return;
    }
    if (!ACCEPTED.has(kind)) throw new RangeError(`invalid frontend message type ${kind}`);
    this.session.receive([keepIdentity(message)]);
  }
}

function setConfig([name, value]: readonly [string, string]): string {
  return `select pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`;
}

/** Settings from the startup packet: each parameter, and those in `options`, where a backslash escapes a space. */
export function startupSettings(parameters: Readonly<Record<string, string>>): Array<[string, string]> {
  const settings = Object.entries(parameters).filter(
    ([name]) => !NOT_SETTINGS.has(name) && !name.startsWith('_pq_.'),
  );
  const words = (parameters.options ?? '').match(/(?:\\.|[^\s\\])+/g) ?? [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] === '-c' ? words[++index] : words[index]?.replace(/^(?:-c|--)/, '');
    const [, name = '', value = ''] = /^([\w.-]+)=(.*)$/.exec((word ?? '').replace(/\\(.)/g, '$1')) ?? [];
    if (name !== '') settings.push([name.replaceAll('-', '_'), value]);
  }
  return settings;
}
