import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import {
  authenticationCleartextPassword,
  CANCEL_REQUEST,
  errorResponse,
  GSS_ENCRYPTION_REQUEST,
  MessageReader,
  type PostgresError,
  PROTOCOL_VERSION_3,
  readCString,
  SSL_REQUEST,
  type,
} from './protocol';

/** First byte of a TLS record that carries a handshake: a client may start TLS without asking (PostgreSQL 17). */
const TLS_HANDSHAKE = 0x16;
/** As in the server: a larger first packet is nothing a client would send. */
const MAXIMUM_STARTUP_BYTES = 10_000;
/** An IAM token is about 1 KB. */
const MAXIMUM_PASSWORD_BYTES = 65_536;

export interface Startup {
  readonly kind: 'startup';
  readonly socket: Socket;
  readonly encrypted: boolean;
  /** user, database, application_name and whatever else the client sets. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface CancelRequest {
  readonly kind: 'cancel';
  readonly processId: number;
  readonly secret: number;
}

/** The connection cannot be used; `error` has been sent if the client could have read it. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** Sends an error and closes. */
export function refuse(socket: Socket, error: PostgresError): HandshakeError {
  socket.end(errorResponse(error));
  return new HandshakeError(error.message);
}

/** Reads what a new connection starts with: encryption requests, then a startup or cancel packet. */
export async function readStartup(raw: Socket, context: SecureContext): Promise<Startup | CancelRequest> {
  let socket = raw;
  let encrypted = false;
  for (;;) {
    const packet = await readPacket(socket, encrypted);
    if (packet === 'tls') {
      socket = upgrade(socket, context, ['postgresql']);
      encrypted = true;
      continue;
    }
    const request = packet.readInt32BE(4);
    if (request === SSL_REQUEST && !encrypted) {
      // Whatever came with the request was sent in the clear and must not be taken for encrypted.
      if (socket.readableLength > 0) throw new HandshakeError('unencrypted data after the SSL request');
      socket.write('S');
      socket = upgrade(socket, context);
      encrypted = true;
    } else if (request === SSL_REQUEST || request === GSS_ENCRYPTION_REQUEST) {
      socket.write('N');
    } else if (request === CANCEL_REQUEST && packet.length >= 16) {
      return { kind: 'cancel', processId: packet.readInt32BE(8), secret: packet.readInt32BE(12) };
    } else if (request >> 16 === PROTOCOL_VERSION_3 >> 16) {
      return { kind: 'startup', socket, encrypted, parameters: readParameters(packet) };
    } else {
      const version = `${request >> 16}.${request & 0xffff}`;
      const message = `unsupported frontend protocol ${version}: server supports 3.0`;
      throw refuse(socket, { severity: 'FATAL', code: '0A000', message });
    }
  }
}

/** Asks for the password (or token) in clear text, as RDS does for IAM authentication: the line is encrypted. */
export async function readPassword(socket: Socket): Promise<string> {
  socket.write(authenticationCleartextPassword);
  const reader = new MessageReader(MAXIMUM_PASSWORD_BYTES);
  for (;;) {
    const [answer] = reader.read(await nextChunk(socket));
    if (answer === undefined) continue;
    if (answer[0] !== type.password) throw new HandshakeError('expected a password');
    return readCString(answer, 5).value;
  }
}

function upgrade(socket: Socket, secureContext: SecureContext, ALPNProtocols?: string[]): TLSSocket {
  const options = {
    isServer: true,
    secureContext,
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
  };
  return new TLSSocket(socket, options);
}

/** The first packet has no type byte: four bytes of length, then the body. */
async function readPacket(socket: Socket, encrypted: boolean): Promise<Buffer | 'tls'> {
  let data = Buffer.alloc(0);
  for (;;) {
    data = Buffer.concat([data, await nextChunk(socket)]);
    if (!encrypted && data[0] === TLS_HANDSHAKE) {
      socket.unshift(data);
      return 'tls';
    }
    if (data.length < 4) continue;
    const length = data.readInt32BE(0);
    if (length < 8 || length > MAXIMUM_STARTUP_BYTES)
      throw new HandshakeError('invalid length of startup packet');
    if (data.length < length) continue;
    if (data.length > length) socket.unshift(data.subarray(length));
    return data.subarray(0, length);
  }
}

function nextChunk(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('readable', readable).off('close', closed).off('error', closed);
    };
    const readable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      settle();
      resolve(chunk);
    };
    const closed = (error?: Error | boolean): void => {
      settle();
      const reason = error instanceof Error ? `: ${error.message}` : '';
      reject(new HandshakeError(`the client disconnected before it was authenticated${reason}`));
    };
    socket.on('readable', readable).on('close', closed).on('error', closed);
    if (socket.readableLength > 0) readable();
    else if (socket.destroyed) closed();
  });
}

function readParameters(packet: Buffer): Record<string, string> {
  const parameters: Record<string, string> = {};
  let offset = 8;
  while (offset < packet.length && packet[offset] !== 0) {
    const name = readCString(packet, offset);
    const value = readCString(packet, name.end);
    parameters[name.value] = value.value;
    offset = value.end;
  }
  return parameters;
}
