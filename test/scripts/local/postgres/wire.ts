import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Client, ClientConfig } from 'pg';
import {
  CANCEL_REQUEST,
  cString,
  int32,
  MessageReader,
  message,
  readFields,
  SSL_REQUEST,
  type,
} from '../../../../scripts/local/postgres/protocol';

/** A client that sends exactly the messages it is told to, for what no driver would do. */
export class Wire {
  readonly #reader = new MessageReader();
  readonly #received: Buffer[] = [];
  #wake: () => void = () => undefined;
  closed = false;

  private constructor(readonly socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(...this.#reader.read(chunk));
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async open(config: ClientConfig): Promise<Wire> {
    const socket = await openTls(config);
    const wire = new Wire(socket);
    const body = Buffer.concat([
      int32(3 << 16),
      ...['user', String(config.user), 'database', 'landfall', ''].map(cString),
    ]);
    socket.write(Buffer.concat([int32(body.length + 4), body]));
    await wire.until('R');
    wire.send(message(type.password, String(config.password)));
    await wire.until('Z');
    return wire;
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** Everything up to and with the next message of this type, each as its letter and what matters in it. */
  async until(letter: string): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const next = this.#received.shift();
      if (next === undefined) {
        if (this.closed) throw new Error(`the server hung up after ${seen.join(' ')}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      seen.push(describe(next));
      if (seen.at(-1)?.startsWith(letter)) return seen;
    }
  }
}

async function openTls(config: ClientConfig): Promise<TLSSocket> {
  const plain = connect(config.port as number, config.host);
  plain.write(Buffer.concat([int32(8), int32(SSL_REQUEST)]));
  await new Promise((resolve) => plain.once('data', resolve));
  const socket = connectTls({ socket: plain, host: 'localhost', ...(config.ssl as object) });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

/** Asks the server to cancel what the client waits for, encrypted or not: both are allowed. */
export async function cancel(client: Client, config: ClientConfig, encrypted: boolean): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const socket = encrypted ? await openTls(config) : connect(config.port as number, config.host);
  socket.on('error', () => undefined);
  socket.end(Buffer.concat([int32(16), int32(CANCEL_REQUEST), int32(processID), int32(secretKey)]));
}

function describe(received: Buffer): string {
  const letter = String.fromCharCode(received[0] as number);
  if (letter === 'Z') return `Z${received.toString('latin1', 5)}`;
  if (letter === 'C') return `C:${received.toString('latin1', 5, received.length - 1)}`;
  if (letter === 'E') return `E:${readFields(received).C}`;
  if (letter === 'D') return `D:${received.toString('latin1', 11)}`;
  return letter;
}

const zero = Buffer.alloc(2);
export const parse = (name: string, sql: string): Buffer => message(type.parse, name, sql, zero);
export const bind = (statement: string): Buffer => message(type.bind, '', statement, zero, zero, zero);
export const execute = message(type.execute, '', int32(0));
export const flush = message(type.flush);
