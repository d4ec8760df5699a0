import { type Client, DatabaseError, type QueryResult, type Submittable } from 'pg';
// biome-ignore lint/style/noRestrictedImports: a folder of pg, not ours
import Result from 'pg/lib/result';
// biome-ignore lint/style/noRestrictedImports: a folder of pg, not ours
import { prepareValue } from 'pg/lib/utils';

/** One SQL statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

export type Row = Record<string, unknown>;

/** Nobody asks what their rows look like: two messages less, there and back, in every transaction. */
const withoutRows: ReadonlySet<string> = new Set(['begin', 'commit']);

/** The part of pg's connection that speaks the extended query protocol. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { text: string }): void;
  bind(message: { values: readonly unknown[]; valueMapper: (value: unknown) => unknown }): void;
  describe(message: { type: 'P' }): void;
  execute(message: object): void;
  sync(): void;
}

/** A result while it is being filled. */
interface Growing extends QueryResult<Row> {
  addFields(fields: unknown): void;
  addCommandComplete(message: unknown): void;
  addRow(row: Row): void;
  parseRow(fields: unknown): Row;
}

/**
 * Several statements in one message to the server and one answer back: a single Sync at the end. Queries that pg
 * pipelines end in a Sync each, and every Sync makes the server write, and us wake up, once more.
 *
 * The first error ends the flight: the server skips what follows it. Statements stay unnamed.
 */
class Flight implements Submittable {
  readonly #statements: readonly Statement[];
  readonly #results: Growing[] = [];
  #current = new Result() as Growing;
  /** pg wraps it to watch the time. */
  callback: (error: Error | null, results: QueryResult<Row>[]) => void;

  constructor(statements: readonly Statement[], callback: Flight['callback']) {
    this.#statements = statements;
    this.callback = callback;
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    wire.stream.cork();
    try {
      for (const { text, values = [] } of this.#statements) {
        wire.parse({ text });
        wire.bind({ values, valueMapper: prepareValue });
        if (!withoutRows.has(text)) wire.describe({ type: 'P' });
        wire.execute({});
      }
    } finally {
      // Also after a value that cannot be sent: the server answers nothing without it.
      wire.sync();
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { fields: unknown }): void {
    this.#current.addFields(fields);
  }

  handleDataRow({ fields }: { fields: unknown }): void {
    this.#current.addRow(this.#current.parseRow(fields));
  }

  handleCommandComplete(message: unknown): void {
    this.#current.addCommandComplete(message);
    this.#results.push(this.#current);
    this.#current = new Result() as Growing;
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({});
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#results);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}

/** The connection broke, or could not be made; the message is that of its cause. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * Sends the statements together and answers their results.
 * @throws DatabaseError of the first that fails, ConnectionLost when no answer came
 */
export function fly(client: Client, statements: readonly Statement[]): Promise<QueryResult<Row>[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new Flight(statements, (error, results) => {
        if (!error) resolve(results);
        else
          reject(
            error instanceof DatabaseError ? error : new ConnectionLost(error.message, { cause: error }),
          );
      }),
    );
  });
}
