import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { vector } from '@electric-sql/pglite-pgvector';
import { postgis } from '@electric-sql/pglite-postgis';
import { INITDB_PARAMETERS } from './bootstrap';

/**
 * PGlite in a thread of its own: a query never blocks the thread that builds, synthesizes and serves HTTP.
 *
 * The engine's socket callbacks are replaced by ours. That gives two things PGlite's own calls do not: output
 * leaves while the query runs, and a COPY FROM STDIN can wait for data the client has not sent yet (the thread
 * sleeps on `wake` until the other side feeds it), so COPY works without guessing from the SQL text.
 */

export interface EngineOptions {
  /** Absent: in memory. */
  readonly dataDirectory?: string;
  readonly database: string;
  /** Tar of a data directory; used when the data directory holds no database yet. */
  readonly template?: Uint8Array;
}

export type EngineRequest =
  | { readonly kind: 'open'; readonly options: EngineOptions }
  | { readonly kind: 'run'; readonly data: Uint8Array }
  | { readonly kind: 'dump' }
  | { readonly kind: 'close' };

export type EngineReply =
  | { readonly kind: 'output'; readonly data: Uint8Array }
  | { readonly kind: 'hungry' }
  | { readonly kind: 'done'; readonly data?: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string };

/** Functions of the engine's module that PGlite itself is built on; fixed by the pinned version. */
interface EngineModule {
  HEAPU8: Uint8Array;
  addFunction(callback: (pointer: number, length: number) => number, signature: string): number;
  _pgl_set_rw_cbs(read: number, write: number): void;
  _pgl_setPGliteExitStatus(status: number): number;
  _pgl_pq_flush(): void;
  _pq_buffer_remaining_data(): number;
  _PostgresMainLoopOnce(): void;
  _PostgresMainLongJmp(): void;
  _PostgresSendReadyForQueryIfNecessary(): void;
}

/** Exit status by which the engine says "an SQL error was raised; continue in the error handler". */
const SQL_ERROR = 100;
/** Parse, Bind, Describe, Execute, Close and Flush: after an error in one, the engine skips to the next Sync. */
const EXTENDED_MESSAGES = new Set(Buffer.from('PBDECH'));
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
/** Output is handed over in pieces of about this size. */
const OUTPUT_CHUNK_BYTES = 256 * 1024;

const { feed, wake } = workerData as { feed: MessagePort; wake: Int32Array };
const port = parentPort as MessagePort;

let engine: PGlite | undefined;
let module: EngineModule;
let input: Uint8Array = new Uint8Array(0);
let inputOffset = 0;
let output: Uint8Array[] = [];
let outputBytes = 0;

function reply(message: EngineReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function flushOutput(): void {
  if (outputBytes === 0) return;
  const data = new Uint8Array(outputBytes);
  let offset = 0;
  for (const piece of output) {
    data.set(piece, offset);
    offset += piece.length;
  }
  output = [];
  outputBytes = 0;
  reply({ kind: 'output', data }, [data.buffer]);
}

function read(pointer: number, maximum: number): number {
  if (inputOffset === input.length) {
    flushOutput();
    reply({ kind: 'hungry' });
    let received = receiveMessageOnPort(feed);
    while (received === undefined) {
      Atomics.wait(wake, 0, 0);
      Atomics.store(wake, 0, 0);
      received = receiveMessageOnPort(feed);
    }
    input = received.message as Uint8Array;
    inputOffset = 0;
  }
  const length = Math.min(maximum, input.length - inputOffset);
  module.HEAPU8.set(input.subarray(inputOffset, inputOffset + length), pointer);
  inputOffset += length;
  return length;
}

function write(pointer: number, length: number): number {
  output.push(module.HEAPU8.slice(pointer, pointer + length));
  outputBytes += length;
  if (outputBytes >= OUTPUT_CHUNK_BYTES) flushOutput();
  return length;
}

async function open(options: EngineOptions): Promise<void> {
  engine = await PGlite.create({
    ...(options.dataDirectory === undefined ? {} : { dataDir: options.dataDirectory }),
    ...(options.template === undefined
      ? {}
      : { loadDataDir: new Blob([options.template as Uint8Array<ArrayBuffer>]) }),
    database: options.database,
    extensions: { postgis, vector, pgcrypto },
    initDbStartParams: [...INITDB_PARAMETERS],
  });
  module = engine.Module as unknown as EngineModule;
  module._pgl_set_rw_cbs(module.addFunction(read, 'iii'), module.addFunction(write, 'iii'));
}

/** Feeds messages to the engine until it has consumed all of them. */
function run(data: Uint8Array): void {
  input = data;
  inputOffset = 0;
  while (inputOffset < input.length || module._pq_buffer_remaining_data() > 0) {
    const messageType = input[inputOffset - module._pq_buffer_remaining_data()] as number;
    try {
      module._PostgresMainLoopOnce();
    } catch (error) {
      if (module._pgl_setPGliteExitStatus(-2) !== SQL_ERROR) throw error;
      module._PostgresMainLongJmp();
      if (EXTENDED_MESSAGES.has(messageType)) dropReadyForQuery();
    }
  }
  module._PostgresSendReadyForQueryIfNecessary();
  module._pgl_pq_flush();
  flushOutput();
}

/**
 * PGlite announces ReadyForQuery after every error. In the extended protocol only Sync may be answered with it:
 * a client that sees two of them is one answer ahead from then on.
 */
function dropReadyForQuery(): void {
  module._pgl_pq_flush();
  const kept = output;
  const keptBytes = outputBytes;
  output = [];
  outputBytes = 0;
  module._PostgresSendReadyForQueryIfNecessary();
  module._pgl_pq_flush();
  const written = Buffer.concat(output);
  output = kept;
  outputBytes = keptBytes;
  for (let offset = 0; offset < written.length; ) {
    const end = offset + 1 + written.readInt32BE(offset + 1);
    if (written[offset] !== READY_FOR_QUERY) {
      output.push(written.subarray(offset, end));
      outputBytes += end - offset;
    }
    offset = end;
  }
}

async function dump(): Promise<Uint8Array<ArrayBuffer>> {
  const file = await (engine as PGlite).dumpDataDir('none');
  return new Uint8Array(await file.arrayBuffer());
}

async function handle(request: EngineRequest): Promise<void> {
  if (request.kind === 'open') {
    await open(request.options);
    reply({ kind: 'done' });
  } else if (request.kind === 'run') {
    run(request.data);
    reply({ kind: 'done' });
  } else if (request.kind === 'dump') {
    const data = await dump();
    reply({ kind: 'done', data }, [data.buffer]);
  } else {
    await engine?.close();
    reply({ kind: 'done' });
    port.close();
    feed.close();
  }
}

port.on('message', (request: EngineRequest) => {
  handle(request).catch((error: unknown) => {
    reply({
      kind: 'failed',
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  });
});
