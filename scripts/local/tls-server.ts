import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificates } from './certificates';

/** A server for browsers, on the loopback interface. */
export interface TlsServer {
  /** For example `https://localhost:4004`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface TlsServerOptions {
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls: Pick<Certificates, 'cert' | 'key'>;
  /** What lines of the log begin with. */
  readonly name: string;
  readonly log: (line: string) => void;
  readonly serve: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export async function serveTls({
  port: wanted,
  tls,
  name,
  log,
  serve,
}: TlsServerOptions): Promise<TlsServer> {
  const server = createServer({ cert: tls.cert, key: tls.key }, (incoming, response) => {
    serve(incoming, response).catch((error: Error) => {
      // The caller is gone, or the answer broke half-way: nobody is left to tell.
      log(`${name} ${incoming.method} ${incoming.url?.split('?')[0]}: ${error.message}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
