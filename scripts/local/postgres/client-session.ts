import { randomInt } from 'node:crypto';
import { identifier, literal, readCString, type } from './protocol';

/** A run of messages that ends where the engine answers: a simple query, or extended messages up to a Sync. */
interface Segment {
  /** Answers to Parse messages that we put in front and the client must not see. */
  hiddenParses: number;
  /** The client's own Parse messages, in order, waiting for their ParseComplete. */
  readonly parses: Array<{ readonly name: string; readonly message: Buffer }>;
}

/** Messages for one run of the engine, and what is needed to read the answer. */
export interface Batch {
  readonly data: Buffer;
  readonly segments: Segment[];
}

interface ChannelCommand {
  readonly command: 'LISTEN' | 'UNLISTEN';
  /** Absent: all channels. */
  readonly channel: string | undefined;
}

/** A batch is cut at the first boundary past this size, so that one client's long pipeline cannot starve others. */
const BATCH_BYTES = 4 * 1024 * 1024;

const BOUNDARIES: ReadonlySet<number> = new Set([type.query, type.functionCall, type.sync, type.flush]);
const COPY_MESSAGES: ReadonlySet<number> = new Set([type.copyData, type.copyDone, type.copyFail]);

/** In Describe and Close: the name is that of a prepared statement. */
const STATEMENT = 'S'.charCodeAt(0);

let nextProcessId = 1000;

/**
 * What one client would have had a server process for: identity, settings, prepared statements, channels. The
 * engine's only session is dressed as this one before the client's messages run.
 */
export class ClientSession {
  readonly processId = nextProcessId++;
  readonly secret = randomInt(2 ** 31);
  /** Channels the client listens to. */
  readonly channels = new Set<string>();
  /** Messages not yet given to the engine. */
  readonly inbox: Buffer[] = [];
  inboxBytes = 0;
  /** The client may have changed settings or prepared statements in SQL since `restore` was taken. */
  changed = false;
  /** The client's SQL mentioned advisory locks: ask the engine whether it holds any. */
  mayHoldLocks = false;
  /** Names of custom settings that the client's SQL mentioned. */
  readonly customSettings = new Set<string>();
  #restore: string[];
  #statements = new Map<string, Buffer>();
  #inEngine = new Set<string>();
  #channelCommands: ChannelCommand[] = [];
  #completedChannelCommands: ChannelCommand[] = [];

  /**
   * @param login statements that set the role's and database's own settings; run as the superuser
   * @param settings statements for the settings of the startup packet; run as the role
   */
  constructor(
    readonly role: string,
    private readonly login: readonly string[],
    settings: readonly string[],
  ) {
    this.#restore = [...settings];
  }

  /** SQL that turns a session which has been reset into this one. */
  get entrySql(): string {
    return [...this.login, `set session authorization ${identifier(this.role)}`, ...this.#restore].join(
      ';\n',
    );
  }

  /** SQL whose rows, given to `remember`, say what this session has changed. */
  get snapshotSql(): string {
    const custom = [...this.customSettings].map(literal).join(',');
    return `select 'set', name, setting from pg_catalog.pg_settings where source = 'session'
      union all select 'set', name, pg_catalog.current_setting(name, true)
        from pg_catalog.unnest(array[${custom}]::text[]) as name
        where pg_catalog.current_setting(name, true) <> ''
      union all select 'set', 'role', pg_catalog.current_setting('role')
        where pg_catalog.current_setting('role') <> 'none'
      union all select 'prepare', '', statement from pg_catalog.pg_prepared_statements where from_sql`;
  }

  remember(rows: ReadonlyArray<ReadonlyArray<string | null>>): void {
    this.#restore = rows.map(([kind, name, text]) =>
      kind === 'prepare'
        ? String(text).replace(/;\s*$/, '')
        : `select pg_catalog.set_config(${literal(String(name))}, ${literal(String(text))}, false)`,
    );
    this.changed = false;
  }

  /** Another client has used the engine: its prepared statements are not there any more. */
  left(): void {
    this.#inEngine.clear();
  }

  receive(messages: readonly Buffer[]): void {
    for (const message of messages) {
      this.inbox.push(message);
      this.inboxBytes += message.length;
    }
  }

  /** True when the inbox holds something the engine would answer. */
  get ready(): boolean {
    return this.inbox.some((message) => BOUNDARIES.has(message[0] as number));
  }

  /** All messages received so far, for an engine that waits for them. */
  takeAll(): Buffer {
    const data = Buffer.concat(this.inbox);
    this.inbox.length = 0;
    this.inboxBytes = 0;
    return data;
  }

  /** COPY data whose COPY has already failed is dropped, as the server does. */
  dropStrayCopyData(): void {
    while (this.inbox[0] !== undefined && COPY_MESSAGES.has(this.inbox[0][0] as number)) {
      this.inboxBytes -= (this.inbox.shift() as Buffer).length;
    }
  }

  /** The messages up to the last boundary, with lost prepared statements put back in front of those using them. */
  takeBatch(): Batch {
    const segments: Segment[] = [];
    const data: Buffer[] = [];
    let bytes = 0;
    let end = 0;
    for (let index = 0; index < this.inbox.length && bytes < BATCH_BYTES; index++) {
      const boundary = (this.inbox[index] as Buffer)[0] as number;
      if (!BOUNDARIES.has(boundary)) continue;
      const next = this.inbox[index + 1]?.[0];
      // A Flush does not end a segment, unless nothing that follows can be sent yet.
      if (boundary === type.flush && next !== undefined && this.#readyAfter(index)) continue;
      const messages = this.inbox.slice(end, index + 1);
      const { segment, restored } = this.#inspect(messages);
      segments.push(segment);
      data.push(...restored, ...messages);
      for (const message of messages) bytes += message.length;
      end = index + 1;
    }
    this.inbox.splice(0, end);
    this.inboxBytes -= bytes;
    return { data: Buffer.concat(data), segments };
  }

  #readyAfter(index: number): boolean {
    return this.inbox.slice(index + 1).some((message) => BOUNDARIES.has(message[0] as number));
  }

  #inspect(messages: readonly Buffer[]): { segment: Segment; restored: Buffer[] } {
    const segment: Segment = { hiddenParses: 0, parses: [] };
    const restored: Buffer[] = [];
    const parsedHere = new Set<string>();
    const need = (name: string): void => {
      const parse = this.#statements.get(name);
      if (parse === undefined || this.#inEngine.has(name) || parsedHere.has(name)) return;
      restored.push(parse);
      segment.hiddenParses++;
      this.#inEngine.add(name);
    };
    for (const message of messages) {
      if (message[0] === type.query) {
        this.#statements.delete('');
        this.#noticeText(message.toString('utf8', 5, message.length - 1));
      } else if (message[0] === type.parse) {
        const { value: name, end } = readCString(message, 5);
        this.#noticeText(readCString(message, end).value);
        parsedHere.add(name);
        segment.parses.push({ name, message });
      } else if (message[0] === type.bind) {
        need(readCString(message, readCString(message, 5).end).value);
      } else if (message[0] === type.describe && message[5] === STATEMENT) {
        need(readCString(message, 6).value);
      } else if (message[0] === type.close && message[5] === STATEMENT) {
        const { value: name } = readCString(message, 6);
        this.#statements.delete(name);
        this.#inEngine.delete(name);
      }
    }
    return { segment, restored };
  }

  /** Only what changes the session matters here; SQL the text does not show (inside functions) is not noticed. */
  #noticeText(sql: string): void {
    if (/\badvisory_|_advisory/i.test(sql)) this.mayHoldLocks = true;
    if (/\bset_config\b/i.test(sql)) this.changed = true;
    if (/\bset\b|\bset_config\b/i.test(sql)) {
      for (const [name] of sql.matchAll(/\b[a-z_][\w$]*\.[a-z_][\w$]*\b/gi)) {
        if (this.customSettings.size < 100) this.customSettings.add(name.toLowerCase());
      }
    }
    for (const match of sql.matchAll(/\b(un)?listen\s+("(?:[^"]|"")+"|\*|[\w$]+)/gi)) {
      const [, un, name = ''] = match;
      const channel = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
      const command = un === undefined ? 'LISTEN' : 'UNLISTEN';
      this.#channelCommands.push({ command, channel: name === '*' ? undefined : channel });
    }
  }

  /** The engine has completed a Parse of the client. */
  parsed(segment: Segment): void {
    const parse = segment.parses.shift();
    if (parse === undefined) return;
    this.#statements.set(parse.name, parse.message);
    this.#inEngine.add(parse.name);
  }

  /** The engine has completed a command, known by its tag. */
  completed(tag: string): void {
    if (/^(SET|RESET|PREPARE|DEALLOCATE|DISCARD)/.test(tag)) this.changed = true;
    if (tag === 'DEALLOCATE ALL') this.#statements.clear();
    if (tag === 'LISTEN' || tag === 'UNLISTEN') {
      const index = this.#channelCommands.findIndex(({ command }) => command === tag);
      if (index >= 0) this.#completedChannelCommands.push(...this.#channelCommands.splice(index, 1));
    }
    if (tag === 'ROLLBACK') this.#completedChannelCommands.length = 0;
  }

  /**
   * LISTEN and UNLISTEN take effect when their transaction ends. Returns true when the client has left a channel,
   * which the engine has then left for all clients.
   */
  transactionEnded(): boolean {
    const before = new Set(this.channels);
    for (const { command, channel } of this.#completedChannelCommands.splice(0)) {
      if (channel === undefined) this.channels.clear();
      else if (command === 'LISTEN') this.channels.add(channel);
      else this.channels.delete(channel);
    }
    this.#channelCommands.length = 0;
    return [...before].some((channel) => !this.channels.has(channel));
  }
}
