/** One command as the client sent it. */
export interface Command {
  /** In upper case. */
  readonly name: string;
  readonly parameters: readonly string[];
  /** The bytes, to be passed on unchanged. */
  readonly raw: Buffer;
}

/** The client does not speak the protocol; the connection cannot go on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Of a command only this many words are decoded: enough for AUTH and HELLO, without a copy of a large value. */
const DECODED_WORDS = 8;
const MAXIMUM_LINE_BYTES = 65_536;

/** Cuts a stream into commands: arrays of bulk strings, or one line of words for people with a terminal. */
export class CommandReader {
  #rest: Buffer = Buffer.alloc(0);
  /** Chunks that cannot complete a command are not looked at again until this many bytes are there. */
  #needed = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(private readonly maximumBytes: () => number) {}

  read(chunk: Buffer): Command[] {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#rest.length + this.#waitingBytes < this.#needed) return [];
    this.#rest = Buffer.concat([this.#rest, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
    const commands: Command[] = [];
    for (;;) {
      const command = this.#next();
      if (command === undefined) return commands;
      if (command.raw.length > 0 && command.name !== '') commands.push(command);
    }
  }

  #next(): Command | undefined {
    const buffer = this.#rest;
    this.#needed = 0;
    if (buffer.length === 0) return undefined;
    if (buffer[0] !== 0x2a) return this.#inline();
    const header = this.#line(0);
    if (header === undefined) return undefined;
    const count = header.value;
    let offset = header.end;
    const words: string[] = [];
    for (let index = 0; index < count; index++) {
      if (offset >= buffer.length) return undefined;
      if (buffer[offset] !== 0x24)
        throw new ProtocolError(`expected '$', got '${String.fromCharCode(buffer[offset] as number)}'`);
      const length = this.#line(offset);
      if (length === undefined) return undefined;
      const end = length.end + length.value + 2;
      if (end > this.maximumBytes()) throw new ProtocolError('invalid bulk length');
      if (end > buffer.length) {
        this.#needed = end;
        return undefined;
      }
      if (index < DECODED_WORDS) words.push(buffer.toString('utf8', length.end, end - 2));
      offset = end;
    }
    return this.#take(offset, words);
  }

  #inline(): Command | undefined {
    const end = this.#rest.indexOf(0x0a);
    if (end < 0 && this.#rest.length > MAXIMUM_LINE_BYTES) throw new ProtocolError('too big inline request');
    if (end < 0) return undefined;
    return this.#take(end + 1, this.#rest.toString('utf8', 0, end).trim().split(/\s+/));
  }

  #take(end: number, words: readonly string[]): Command {
    const raw = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end);
    return { name: (words[0] ?? '').toUpperCase(), parameters: words.slice(1), raw };
  }

  /** The number behind the type byte at `offset`, and where the next line starts. */
  #line(offset: number): { value: number; end: number } | undefined {
    const end = this.#rest.indexOf('\r\n', offset);
    if (end < 0) {
      if (this.#rest.length - offset > 32) throw new ProtocolError('invalid length');
      return undefined;
    }
    const text = this.#rest.toString('latin1', offset + 1, end);
    if (!/^-?\d{1,10}$/.test(text)) throw new ProtocolError('invalid length');
    return { value: Math.max(0, Number(text)), end: end + 2 };
  }
}

/** A command as an array of bulk strings. */
export function encodeCommand(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}
