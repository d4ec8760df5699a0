import type { Batch, ClientSession } from './client-session';
import { type Engine, EngineFailure } from './engine';
import {
  copyFail,
  errorResponse,
  identifier,
  MessageReader,
  type PostgresError,
  readCString,
  readyForQuery,
  simpleQuery,
  syncMessage,
  type,
} from './protocol';

/** The connection a session belongs to. */
export interface Client {
  readonly session: ClientSession;
  send(data: Buffer): void;
  /** Sends a last error and closes the connection. */
  terminate(error: PostgresError): void;
  /** Called when the inbox has shrunk: reading may go on. */
  drained(): void;
}

/** Turns the engine's session back into one nobody has used: no role, settings, statements, temporary tables. */
const RESET_SQL = `reset role; set session authorization default; reset all; deallocate all; close all;
  discard sequences; discard temp; select pg_catalog.pg_advisory_unlock_all()`;

type Rows = Array<Array<string | null>>;
type Status = 'I' | 'T' | 'E';

/**
 * Lets many clients share the engine's single session. A client owns the engine from its first message until the
 * engine is idle again outside a transaction; whoever comes next gets a session that has been reset and dressed
 * with that client's own role and settings.
 */
export class Multiplexer {
  readonly #queue: Client[] = [];
  /** The client in the middle of a transaction, an extended query without Sync, or holding an advisory lock. */
  #owner: Client | undefined;
  #ownerSince = 0;
  /** The client whose role and settings the engine's session has. */
  #dressed: Client | undefined;
  #running: Client | undefined;
  #hungry = false;
  #busy: Promise<void> | undefined;
  #stopped = false;
  /** Those still connected; the others' transactions are rolled back. */
  readonly #clients = new Set<Client>();
  readonly #timer: NodeJS.Timeout;
  #internal: Array<() => Promise<void>> = [];

  /**
   * @param idleInTransactionMs how long a client may do nothing inside a transaction while another one waits
   */
  constructor(
    private readonly engine: Engine,
    private readonly idleInTransactionMs: number,
  ) {
    this.#timer = setInterval(() => this.#checkIdle(), Math.min(500, Math.max(20, idleInTransactionMs / 4)));
    this.#timer.unref();
  }

  add(client: Client): void {
    this.#clients.add(client);
  }

  /** The client's inbox has something new. */
  submit(client: Client): void {
    if (this.#running === client && this.#hungry) {
      this.#feed(client);
      return;
    }
    // What comes in during a run is looked at when the run ends.
    if (this.#running === client) return;
    client.session.dropStrayCopyData();
    this.#enqueue(client);
  }

  /** The client has disconnected: what it had not committed is rolled back. */
  remove(client: Client): void {
    if (!this.#clients.delete(client)) return;
    const queued = this.#queue.indexOf(client);
    if (queued >= 0) this.#queue.splice(queued, 1);
    client.session.channels.clear();
    if (this.#running === client && this.#hungry) {
      this.#hungry = false;
      this.engine.feed(copyFail('the client has disconnected'));
    }
    this.#pump();
  }

  /**
   * A cancel request. Statements that wait for the engine are cancelled; one that already runs is not, because the
   * engine cannot be interrupted.
   */
  cancel(client: Client): void {
    if (this.#running === client) {
      if (this.#hungry) {
        this.#hungry = false;
        this.engine.feed(copyFail('canceling statement due to user request'));
      }
      return;
    }
    const queued = this.#queue.indexOf(client);
    if (queued < 0) return;
    this.#queue.splice(queued, 1);
    const canceled = errorResponse({
      severity: 'ERROR',
      code: '57014',
      message: 'canceling statement due to user request',
    });
    for (const _ of client.session.takeBatch().segments) {
      client.send(Buffer.concat([canceled, readyForQuery('I')]));
    }
    client.drained();
  }

  /**
   * Runs SQL of ours between the clients' transactions: in the session of `client`, or else as the superuser in a
   * fresh one.
   */
  query(sql: string, client?: Client): Promise<Rows> {
    return this.exclusively(async (engine) => {
      if (client === undefined) await this.#undress();
      else if (!(await this.#dress(client))) return [];
      return engine.query(sql);
    });
  }

  /** Runs `work` while no client has the engine. */
  exclusively<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#internal.push(async () => {
        try {
          resolve(await work(this.engine));
        } catch (error) {
          reject(error);
          if (error instanceof EngineFailure) throw error;
        }
      });
      this.#pump();
    });
  }

  /** Stops giving work to the engine and waits for what runs. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped = true;
    while (this.#busy !== undefined) await this.#busy;
  }

  #pump(): void {
    if (this.#busy !== undefined || this.#stopped) return;
    this.#busy = this.#work()
      .catch((error: unknown) => {
        this.#stopped = true;
        // Whoever opened the engine starts a new one. An error of ours has left it in a state nobody knows.
        if (!(error instanceof EngineFailure)) this.engine.fail(String((error as Error).stack ?? error));
      })
      .finally(() => {
        this.#busy = undefined;
        // Something may have come in after the last look and before this line.
        if (this.#hasWork) this.#pump();
      });
  }

  get #hasWork(): boolean {
    if (this.#owner !== undefined) return !this.#clients.has(this.#owner) || this.#owner.session.ready;
    return this.#internal.length + this.#queue.length > 0;
  }

  async #work(): Promise<void> {
    // One turn of the event loop first: `#busy` is set before anything that looks at it.
    await Promise.resolve();
    while (!this.#stopped) {
      if (this.#owner !== undefined) {
        const owner = this.#owner;
        if (!this.#hasWork) return;
        if (!this.#clients.has(owner)) await this.#abandon();
        else await this.#run(owner);
        continue;
      }
      const internal = this.#internal.shift();
      if (internal !== undefined) {
        await internal();
        continue;
      }
      const client = this.#queue.shift();
      if (client === undefined) return;
      if (this.#clients.has(client) && (await this.#dress(client))) await this.#run(client);
    }
  }

  async #run(client: Client): Promise<void> {
    const batch = client.session.takeBatch();
    const answer = new Answer(client, batch, (channel, notification) =>
      this.#notify(client, channel, notification),
    );
    this.#running = client;
    try {
      await this.engine.run(batch.data, {
        output: (chunk) => answer.read(chunk),
        hungry: () => {
          this.#hungry = true;
          this.#ownerSince = Date.now();
          if (!this.#clients.has(client)) {
            this.#hungry = false;
            this.engine.feed(copyFail('the client has disconnected'));
          } else if (client.session.inbox.length > 0) this.#feed(client);
        },
      });
    } finally {
      this.#running = undefined;
      this.#hungry = false;
    }
    await this.#settle(client, answer);
    client.session.dropStrayCopyData();
    client.drained();
    if (this.#clients.has(client)) this.#enqueue(client);
  }

  #enqueue(client: Client): void {
    if (!client.session.ready) return;
    if (this.#owner !== client && !this.#queue.includes(client)) this.#queue.push(client);
    this.#pump();
  }

  /** Decides who owns the engine after a run. */
  async #settle(client: Client, answer: Answer): Promise<void> {
    if (answer.status === 'I') {
      this.#owner = undefined;
      if (client.session.transactionEnded()) await this.#listenAgain();
      if (client.session.mayHoldLocks && (await this.#holdsLocks())) this.#own(client);
      else client.session.mayHoldLocks = false;
    } else {
      this.#own(client);
    }
  }

  #own(client: Client): void {
    this.#owner = client;
    this.#ownerSince = Date.now();
  }

  async #holdsLocks(): Promise<boolean> {
    const rows = await this.engine.query(
      `select 1 from pg_catalog.pg_locks where locktype = 'advisory' limit 1`,
    );
    return rows.length > 0;
  }

  /** An UNLISTEN of one client was an UNLISTEN for all: listen again to what the others want. */
  async #listenAgain(): Promise<void> {
    const channels = new Set([...this.#clients].flatMap((client) => [...client.session.channels]));
    if (channels.size === 0) return;
    await this.engine.query([...channels].map((channel) => `listen ${identifier(channel)}`).join(';'));
  }

  #notify(from: Client, channel: string, notification: Buffer): void {
    const message = Buffer.from(notification);
    message.writeInt32BE(from.session.processId, 5);
    // The sender's own copy follows its answer, as from a server.
    for (const client of this.#clients) if (client.session.channels.has(channel)) client.send(message);
  }

  #feed(client: Client): void {
    this.#hungry = false;
    this.engine.feed(client.session.takeAll());
    client.drained();
  }

  /** Rolls back what a disconnected or expelled client has left behind. */
  async #abandon(): Promise<void> {
    this.#owner = undefined;
    const ignore = {
      output: () => undefined,
      hungry: () => this.engine.feed(copyFail('the client has gone')),
    };
    await this.engine.run(Buffer.concat([syncMessage, simpleQuery('rollback')]), ignore);
    await this.#undress();
  }

  async #undress(): Promise<void> {
    const previous = this.#dressed;
    if (previous === undefined) return;
    this.#dressed = undefined;
    if (previous.session.changed && this.#clients.has(previous)) {
      previous.session.remember(await this.engine.query(previous.session.snapshotSql));
    }
    await this.engine.query(RESET_SQL);
    previous.session.left();
  }

  async #dress(client: Client): Promise<boolean> {
    if (this.#dressed === client) return true;
    await this.#undress();
    try {
      await this.engine.query(client.session.entrySql);
      this.#dressed = client;
      return true;
    } catch (error) {
      if (error instanceof EngineFailure) throw error;
      await this.engine.query(RESET_SQL);
      // For example, the role was dropped while the client was connected.
      const message = `the session of role "${client.session.role}" cannot go on: ${(error as Error).message}`;
      client.terminate({ severity: 'FATAL', code: '57P01', message });
      return false;
    }
  }

  #checkIdle(): void {
    const owner = this.#hungry ? this.#running : this.#busy === undefined ? this.#owner : undefined;
    if (owner === undefined || this.#queue.length + this.#internal.length === 0) return;
    if (Date.now() - this.#ownerSince < this.idleInTransactionMs) return;
    owner.terminate({
      severity: 'FATAL',
      code: '25P03',
      message: 'terminating connection due to idle-in-transaction timeout',
      detail: 'Other connections were waiting for this transaction: the embedded engine runs one at a time.',
    });
    this.remove(owner);
  }
}

/** Reads what the engine answers to one batch and passes on what the client should see. */
class Answer {
  /** Transaction status of the last ReadyForQuery; absent when the last message was something else. */
  status: Status | undefined;
  readonly #reader = new MessageReader();
  #segment = 0;

  constructor(
    private readonly client: Client,
    private readonly batch: Batch,
    private readonly notify: (channel: string, message: Buffer) => void,
  ) {}

  read(chunk: Buffer): void {
    const visible: Buffer[] = [];
    const notifications: Buffer[] = [];
    for (const message of this.#reader.read(chunk)) {
      if (message[0] === type.notification) notifications.push(message);
      else if (this.#inspect(message)) visible.push(message);
    }
    if (visible.length > 0) this.client.send(Buffer.concat(visible));
    for (const message of notifications) this.notify(readCString(message, 9).value, message);
  }

  #inspect(message: Buffer): boolean {
    const { session } = this.client;
    const segment = this.batch.segments[this.#segment];
    const kind = message[0];
    if (kind === type.parameterStatus || kind === type.notice) return true;
    this.status = undefined;
    if (kind === type.readyForQuery) {
      this.status = String.fromCharCode(message[5] as number) as Status;
      this.#segment++;
    } else if (kind === type.commandComplete) {
      session.completed(readCString(message, 5).value);
    } else if (kind === type.parseComplete && segment !== undefined) {
      if (segment.hiddenParses > 0) {
        segment.hiddenParses--;
        return false;
      }
      session.parsed(segment);
    }
    return true;
  }
}
