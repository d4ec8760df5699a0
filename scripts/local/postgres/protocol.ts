/**
 * The parts of the PostgreSQL frontend/backend protocol (version 3) that a server in front of an engine needs:
 * cutting a byte stream into messages, and writing the few messages the engine does not write itself.
 */

/** Request codes a client may send instead of a protocol version in its first packet. */
export const SSL_REQUEST = 80877103;
export const GSS_ENCRYPTION_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;
export const PROTOCOL_VERSION_3 = 3 << 16;

/** Message type bytes, named as in the protocol documentation. F: sent by the frontend, B: by the backend. */
export const type = {
  query: code('Q'),
  parse: code('P'),
  bind: code('B'),
  describe: code('D'),
  execute: code('E'),
  close: code('C'),
  flush: code('H'),
  sync: code('S'),
  functionCall: code('F'),
  copyData: code('d'),
  copyDone: code('c'),
  copyFail: code('f'),
  terminate: code('X'),
  password: code('p'),
  readyForQuery: code('Z'),
  commandComplete: code('C'),
  parseComplete: code('1'),
  notification: code('A'),
  notice: code('N'),
  parameterStatus: code('S'),
  errorResponse: code('E'),
  dataRow: code('D'),
} as const;

function code(letter: string): number {
  return letter.charCodeAt(0);
}

/**
 * Cuts a stream of chunks into whole messages. Chunks are joined once per message, so that one message of many
 * megabytes costs one copy, not one per chunk.
 */
export class MessageReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = 5;

  constructor(private readonly maximumBytes = 0x3fffffff) {}

  /** Whole messages, each with its type byte and length. Throws RangeError when a length cannot be right. */
  read(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    const messages: Buffer[] = [];
    this.#needed = 5;
    while (rest.length >= 5) {
      const length = rest.readInt32BE(1) + 1;
      if (length < 5 || length > this.maximumBytes)
        throw new RangeError(`invalid message length ${length - 1}`);
      if (rest.length < length) {
        this.#needed = length;
        break;
      }
      messages.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return messages;
  }

  /** Bytes that belong to no whole message yet. */
  get pending(): number {
    return this.#length;
  }
}

/** A message of the given type around a body. */
export function message(typeByte: number, ...parts: Array<Buffer | string>): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? cString(part) : part)));
  const header = Buffer.allocUnsafe(5);
  header.writeUInt8(typeByte, 0);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

export function int32(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(4);
  buffer.writeInt32BE(value | 0, 0);
  return buffer;
}

/** A zero-terminated string at an offset, and the offset behind it. */
export function readCString(buffer: Buffer, offset: number): { value: string; end: number } {
  const zero = buffer.indexOf(0, offset);
  if (zero < 0) throw new RangeError('unterminated string in message');
  return { value: buffer.toString('utf8', offset, zero), end: zero + 1 };
}

export const simpleQuery = (sql: string): Buffer => message(type.query, sql);
export const syncMessage = message(type.sync);
export const copyFail = (reason: string): Buffer => message(type.copyFail, reason);

export const readyForQuery = (status: 'I' | 'T' | 'E'): Buffer =>
  message(type.readyForQuery, Buffer.from(status));
export const parameterStatus = (name: string, value: string): Buffer =>
  message(type.parameterStatus, name, value);
export const authenticationOk = message(code('R'), int32(0));
export const authenticationCleartextPassword = message(code('R'), int32(3));
export const backendKeyData = (processId: number, secret: number): Buffer =>
  message(code('K'), int32(processId), int32(secret));

/** An error as a client sees it. `code` is the SQLSTATE. */
export interface PostgresError {
  readonly severity: 'ERROR' | 'FATAL';
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

export function errorResponse(error: PostgresError): Buffer {
  const fields: Array<[string, string | undefined]> = [
    ['S', error.severity],
    ['V', error.severity],
    ['C', error.code],
    ['M', error.message],
    ['D', error.detail],
    ['H', error.hint],
  ];
  const parts = fields.flatMap(([field, value]) =>
    value === undefined ? [] : [Buffer.from(field), cString(value)],
  );
  return message(type.errorResponse, ...parts, Buffer.from([0]));
}

/** The fields of an ErrorResponse or NoticeResponse by their one-letter names. */
export function readFields(response: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  let offset = 5;
  while (offset < response.length && response[offset] !== 0) {
    const { value, end } = readCString(response, offset + 1);
    fields[String.fromCharCode(response[offset] as number)] = value;
    offset = end;
  }
  return fields;
}

/** The text columns of a DataRow; null where the value is NULL. */
export function readDataRow(row: Buffer): Array<string | null> {
  const columns: Array<string | null> = [];
  let offset = 7;
  for (let left = row.readInt16BE(5); left > 0; left--) {
    const length = row.readInt32BE(offset);
    offset += 4;
    columns.push(length < 0 ? null : row.toString('utf8', offset, offset + length));
    offset += Math.max(length, 0);
  }
  return columns;
}

/** A string constant that is safe to put into SQL, whatever standard_conforming_strings says. */
export function literal(value: string): string {
  const quoted = value.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
