import { once } from 'node:events';
import net from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { Target } from '../../lambdas/shared/connection';
import type { Certificates } from '../../scripts/local/certificates';
import { readStartup } from '../../scripts/local/postgres/handshake';
import {
  cString,
  int32,
  MessageReader,
  PROTOCOL_VERSION_3,
  readCString,
  SSL_REQUEST,
  type,
} from '../../scripts/local/postgres/protocol';

/** What clients sent to the server: how sessions began, and every statement. */
export interface Traffic {
  readonly startups: Readonly<Record<string, string>>[];
  readonly statements: { readonly text: string; readonly name: string }[];
}

/** Stands between clients and a Postgres, ends their TLS, and writes down what passes, as RDS Proxy reads it. */
export interface StatementProxy {
  readonly traffic: Traffic;
  /** The same target by way of the proxy. */
  through(target: Target): Target;
  close(): Promise<void>;
}

export async function startStatementProxy(
  upstream: Target,
  certificates: Pick<Certificates, 'ca' | 'cert' | 'key'>,
): Promise<StatementProxy> {
  const traffic: Traffic = { startups: [], statements: [] };
  const sockets = new Set<net.Socket>();
  const context = createSecureContext({ cert: certificates.cert, key: certificates.key });

  async function serve(raw: net.Socket): Promise<void> {
    const startup = await readStartup(raw, context);
    if (startup.kind === 'cancel') throw new Error('expected a session, found a request to cancel one');
    const { socket: client, parameters } = startup;
    traffic.startups.push(parameters);
    const server = await connectUpstream(upstream);
    sockets.add(client).add(server);
    const reader = new MessageReader();
    client.on('data', (chunk: Buffer) => {
      for (const message of reader.read(chunk)) note(traffic, message);
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.end());
    }
    server.write(startupPacket(parameters));
  }

  const listener = net.createServer((raw) => {
    sockets.add(raw);
    // The client sees its connection break and says so.
    serve(raw).catch(() => raw.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    traffic,
    through: (target) => ({
      ...target,
      host: 'localhost',
      port: (listener.address() as net.AddressInfo).port,
      ca: certificates.ca,
    }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function note({ statements }: Traffic, message: Buffer): void {
  if (message[0] === type.query) statements.push({ text: readCString(message, 5).value, name: '' });
  if (message[0] === type.parse) {
    const name = readCString(message, 5);
    statements.push({ text: readCString(message, name.end).value, name: name.value });
  }
  if (message[0] === type.functionCall) statements.push({ text: '(function call)', name: '' });
}

async function connectUpstream({ host, port, ca }: Target): Promise<net.Socket> {
  const plain = net.connect(port, host);
  plain.write(Buffer.concat([int32(8), int32(SSL_REQUEST)]));
  const [answer] = (await once(plain, 'data')) as [Buffer];
  if (answer.toString() !== 'S') throw new Error(`expected a server with TLS, found ${answer}`);
  const secure = connectTls({ socket: plain, servername: 'localhost', ...(ca !== undefined && { ca }) });
  await once(secure, 'secureConnect');
  return secure;
}

function startupPacket(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [cString(name), cString(value)]);
  const body = Buffer.concat([int32(PROTOCOL_VERSION_3), ...pairs, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}
