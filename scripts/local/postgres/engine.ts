import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { EngineOptions, EngineReply, EngineRequest } from './engine-worker';
import { MessageReader, readDataRow, readFields, simpleQuery, type } from './protocol';

/** The engine stopped working; everything that was not committed is gone, everything committed is on disk. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

/** An SQL statement that Landfall itself ran was refused by the engine. */
class StatementError extends Error {
  override readonly name = 'StatementError';
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

export interface RunListener {
  /** Messages of the engine, cut anywhere. */
  output(chunk: Buffer): void;
  /** The engine waits for more input (COPY FROM STDIN): answer with `Engine.feed`. */
  hungry(): void;
}

interface Pending {
  readonly listener?: RunListener | undefined;
  resolve(data: Uint8Array | undefined): void;
  reject(error: Error): void;
}

/**
 * The one PGlite session, behind a queue of one: the caller runs one thing at a time.
 */
export class Engine {
  #worker: Worker;
  #feed: MessagePort;
  #wake = new Int32Array(new SharedArrayBuffer(4));
  #pending: Pending | undefined;
  #failure: EngineFailure | undefined;
  /** Called once when the engine dies without being asked to. */
  onFailure: (failure: EngineFailure) => void = () => undefined;

  private constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#feed = port1;
    // A worker does not inherit the loader that compiles TypeScript, so it gets its own.
    const require = createRequire(import.meta.url);
    const file = fileURLToPath(new URL('./engine-worker.ts', import.meta.url));
    const loader = JSON.stringify(require.resolve('tsx/cjs/api'));
    this.#worker = new Worker(
      `require(${loader}).require(${JSON.stringify(file)}, ${JSON.stringify(file)})`,
      {
        eval: true,
        execArgv: [],
        workerData: { feed: port2, wake: this.#wake },
        transferList: [port2],
      },
    );
    this.#worker.on('message', (reply: EngineReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.fail(error.message));
    this.#worker.on('exit', () => this.fail('the engine has stopped'));
  }

  /** Starts the engine; creates the database cluster when the directory is empty. */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine();
    try {
      await engine.#request({ kind: 'open', options });
    } catch (error) {
      await engine.#worker.terminate();
      throw error;
    }
    return engine;
  }

  /** Runs protocol messages; resolves when the engine has answered all of them. */
  async run(data: Buffer, listener: RunListener): Promise<void> {
    // A copy of exactly these bytes: a pooled Buffer's memory cannot be handed to another thread.
    const copy = new Uint8Array(data);
    await this.#request({ kind: 'run', data: copy }, listener, [copy.buffer]);
  }

  /** More input for a run that is hungry. */
  feed(data: Buffer): void {
    const copy = new Uint8Array(data);
    this.#feed.postMessage(copy, [copy.buffer]);
    Atomics.store(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  /** Runs SQL in the session as it is and returns the rows of all its statements as text. */
  async query(sql: string): Promise<Array<Array<string | null>>> {
    const rows: Array<Array<string | null>> = [];
    const reader = new MessageReader();
    let error: StatementError | undefined;
    await this.run(simpleQuery(sql), {
      output: (chunk) => {
        for (const reply of reader.read(chunk)) {
          if (reply[0] === type.dataRow) rows.push(readDataRow(reply));
          if (reply[0] === type.errorResponse && error === undefined) {
            const fields = readFields(reply);
            error = new StatementError(fields.M ?? 'unknown error', fields.C ?? 'XX000');
          }
        }
      },
      hungry: () => this.feed(Buffer.from([type.copyFail, 0, 0, 0, 5, 0])),
    });
    if (error !== undefined) throw error;
    return rows;
  }

  /** A tar of the data directory, good for `EngineOptions.template`. */
  async dump(): Promise<Uint8Array> {
    await this.query('checkpoint');
    return (await this.#request({ kind: 'dump' })) as Uint8Array;
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) {
      await this.#request({ kind: 'close' });
      this.#failure = new EngineFailure('the engine is closed');
    }
    await this.#worker.terminate();
    this.#feed.close();
  }

  #request(
    request: EngineRequest,
    listener?: RunListener,
    transfer: ArrayBuffer[] = [],
  ): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending !== undefined)
      return Promise.reject(new Error('the engine runs one request at a time'));
    return new Promise((resolve, reject) => {
      this.#pending = { listener, resolve, reject };
      this.#worker.postMessage(request, transfer);
    });
  }

  #receive(reply: EngineReply): void {
    if (reply.kind === 'output') {
      this.#pending?.listener?.output(Buffer.from(reply.data.buffer as ArrayBuffer));
    } else if (reply.kind === 'hungry') {
      this.#pending?.listener?.hungry();
    } else if (reply.kind === 'done') {
      const pending = this.#pending;
      this.#pending = undefined;
      pending?.resolve(reply.data);
    } else {
      this.fail(reply.reason);
    }
  }

  /** Gives the engine up: what runs is rejected, and everything after it. */
  fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new EngineFailure(reason);
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(this.#failure);
    this.onFailure(this.#failure);
  }
}
