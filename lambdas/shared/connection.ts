import { isNativeError } from 'node:util/types';
import { Client, DatabaseError, type QueryResult } from 'pg';
import { ConnectionLost, fly, type Row, type Statement } from './flight';

/** Where to connect and as whom; asked for at every connect, because IAM tokens live 15 minutes. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** PEM of the authority to trust instead of Node's (which NODE_EXTRA_CA_CERTS extends). */
  readonly ca?: string | undefined;
  /** Role to become in every transaction, when `user` is not that role itself. */
  readonly role?: string | undefined;
  /**
   * What to try when the server refused this sign-in; undefined when nothing else is known.
   * @default nothing else
   */
  readonly whenRefused?: (() => Promise<Target | undefined>) | undefined;
}

/** A statement of a request may take this long: below the timeout of every function that answers one. */
export const statementSeconds = 5;

export interface Patience {
  /**
   * A connection attempt is given up after this time; two of them and a query fit into any function's timeout.
   * @default 3000
   */
  readonly connectTimeoutMs?: number;
  /**
   * The socket is destroyed when no answer came for this time. By default above the server's statement_timeout
   * (5 s): only a server that vanished without a word is met by it.
   * @default 7000
   */
  readonly answerTimeoutMs?: number;
}

/**
 * A single connection that is opened when it is first needed, kept between invocations, and replaced when it
 * breaks. Lambda runs one request per instance at a time, so a pool would hold connections nobody uses.
 *
 * Statements are unnamed and no session state is ever set: RDS Proxy may hand every transaction to another
 * backend.
 */
export class Connection {
  readonly #target: () => Promise<Target>;
  readonly #patience: Required<Patience>;
  #client: Client | undefined;
  #role: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    target: () => Promise<Target>,
    { connectTimeoutMs = 3_000, answerTimeoutMs = 7_000 }: Patience = {},
  ) {
    this.#target = target;
    this.#patience = { connectTimeoutMs, answerTimeoutMs };
  }

  /**
   * Sends BEGIN, all statements and COMMIT together: one network round trip. Answers the rows of the last
   * statement. Sent again on a new connection when this one turns out to be broken, so the statements must
   * be repeatable.
   */
  async flight(statements: readonly Statement[]): Promise<Row[]> {
    return this.#exclusive(() =>
      this.#retryOnce(async (client) => {
        const results = await fly(client, [...this.#opening(), ...statements, { text: 'commit' }]);
        return (results.at(-2) as QueryResult<Row>).rows;
      }),
    );
  }

  /**
   * Runs `work` in a transaction that `opening` starts; its rows are passed on. Commits when `work` is done,
   * rolls back when it throws. Only the opening is repeated on a broken connection, never the work.
   */
  async transaction<T>(
    opening: readonly Statement[],
    work: (query: (statement: Statement) => Promise<Row[]>, opened: Row[]) => Promise<T>,
  ): Promise<T> {
    return this.#exclusive(async () => {
      const { client, rows } = await this.#retryOnce(async (fresh) => {
        const results = await fly(fresh, [...this.#opening(), ...opening]);
        return { client: fresh, rows: results.at(-1)?.rows as Row[] };
      });
      let open = true;
      const query = async (statement: Statement): Promise<Row[]> => {
        if (!open) throw new Error('the transaction has ended: await every query inside it');
        const [result] = await fly(client, [statement]);
        return (result as QueryResult<Row>).rows;
      };
      try {
        const value = await work(query, rows);
        open = false;
        const [committed] = await fly(client, [{ text: 'commit' }]);
        // COMMIT of a failed transaction is no error for Postgres; it rolls back and says so.
        if (committed?.command !== 'COMMIT')
          throw new Error('a query failed and its error was swallowed: rolled back');
        return value;
      } catch (error) {
        open = false;
        await this.#abandon(client, error);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#exclusive(async () => {
      const client = this.#client;
      this.#client = undefined;
      await client?.end();
    });
  }

  /** Transactions of one connection must never interleave, whatever the caller does concurrently. */
  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** What the role would be given by its settings, if it logged in itself. */
  get #statementSeconds(): number {
    return Math.max(statementSeconds, this.#patience.answerTimeoutMs / 1000 - 2);
  }

  #opening(): Statement[] {
    return this.#role === undefined
      ? [{ text: 'begin' }]
      : [
          { text: 'begin' },
          { text: `set local role ${this.#role}` },
          { text: `set local statement_timeout = '${this.#statementSeconds}s'` },
        ];
  }

  async #retryOnce<T>(task: (client: Client) => Promise<T>): Promise<T> {
    const reused = this.#client !== undefined;
    const client = await this.#connected();
    try {
      return await task(client);
    } catch (error) {
      await this.#abandon(client, error);
      // A frozen instance wakes up with a connection that the other side closed long ago.
      if (!reused || !isConnectionFailure(error)) throw error;
      return this.#retryOnce(task);
    }
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    let target: Target | undefined = await this.#target();
    for (;;) {
      try {
        return await this.#signIn(target);
      } catch (error) {
        // A password that was rotated since it was read.
        target = isRefusedSignIn(error) ? await target.whenRefused?.() : undefined;
        if (!target) throw error;
      }
    }
  }

  async #signIn({ role, ca, whenRefused: _, ...target }: Target): Promise<Client> {
    if (role !== undefined && !/^[a-z_]+$/.test(role)) throw new Error(`not a role name: ${role}`);
    this.#role = role;
    const client = new Client({
      ...target,
      ssl: { rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
      keepAlive: true,
      connectionTimeoutMillis: this.#patience.connectTimeoutMs,
      query_timeout: this.#patience.answerTimeoutMs,
    });
    // Without a listener a connection that breaks while idle would end the process.
    client.on('error', () => this.#forget(client));
    client.on('end', () => this.#forget(client));
    await client.connect().catch((cause: unknown) => {
      throw isNetworkError(cause) ? new ConnectionLost(cause.message, { cause }) : cause;
    });
    this.#client = client;
    return client;
  }

  async #abandon(client: Client, reason: unknown): Promise<void> {
    if (!isConnectionFailure(reason)) {
      const rolledBack = await client.query('rollback').then(
        () => true,
        () => false,
      );
      if (rolledBack) return;
    }
    this.#forget(client);
    // It may be half open; nobody waits for its goodbye.
    client.end().catch(() => undefined);
  }

  #forget(client: Client): void {
    if (this.#client === client) this.#client = undefined;
  }
}

/** Whether the connection, and not a statement, is at fault. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof DatabaseError ? refusals.test(error.code ?? '') : error instanceof ConnectionLost;
}

/** Class 28: invalid authorization. RDS answers 28000, `PAM authentication failed`; a wrong password is 28P01. */
export function isRefusedSignIn(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code ?? '').startsWith('28');
}

/** Connection exceptions, shutdowns, an ended idle transaction, too many connections. */
const refusals = /^(?:08|57P|25P03|53300)/;

/** Nobody answered in time or at all; what a wrong certificate or password says is passed on as it is. */
function isNetworkError(error: unknown): error is Error {
  if (!isNativeError(error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    /^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(code ?? '') ||
    /terminated|timeout|does not support SSL/i.test(error.message)
  );
}
