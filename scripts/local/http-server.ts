/** The port people and browsers talk to: the REST API, and the runtime's own pages under `/_landfall`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { instancePath } from './instance-lock';
import type { Log } from './log';
import { type Gateway, payloadLimitBytes } from './rest-api/gateway';
import { toApiRequest } from './rest-api/request';

/** The runtime's own pages. */
export type ConsoleHandler = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface HttpServerOptions {
  readonly port: number;
  readonly log: Log;
}

export class HttpServer {
  readonly #server: Server;
  readonly #log: Log;
  #instanceId = '';
  #gateway: Gateway | undefined;
  #console: ConsoleHandler | undefined;

  constructor({ log }: Pick<HttpServerOptions, 'log'>) {
    this.#log = log;
    this.#server = createServer((message, response) => {
      this.#handle(message, response).catch((error: Error) => {
        log.say('runtime', `${message.method} ${message.url}: ${error.stack}`);
        response.destroy();
      });
    });
  }

  /** Opens the port at once, so that a second runtime sees this one; answers 503 until `serve`. */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  identify(instanceId: string): void {
    this.#instanceId = instanceId;
  }

  serve(gateway: Gateway, console: ConsoleHandler): void {
    this.#gateway = gateway;
    this.#console = console;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (message.url ?? '/').split('?')[0] ?? '/';
    if (path === instancePath) {
      sendJson(response, 200, { id: this.#instanceId, ready: this.#gateway !== undefined });
    } else if (!this.#gateway || !this.#console) {
      sendJson(response, 503, {
        error: { code: 'unavailable', message: 'Landfall is starting.', requestId: '' },
      });
    } else if (path === '/_landfall' || path.startsWith('/_landfall/')) {
      // A page of another site that resolves its name to 127.0.0.1 must not read the example token.
      if (!isLoopbackName(message.headers.host))
        sendJson(response, 403, { message: 'Open this page as localhost.' });
      else await this.#console(message, response);
    } else await this.#answer(message, response, this.#gateway, path);
  }

  async #answer(
    message: IncomingMessage,
    response: ServerResponse,
    gateway: Gateway,
    path: string,
  ): Promise<void> {
    const started = performance.now();
    const body = await readBody(message);
    const answer = await gateway(toApiRequest(message, body));
    const headers: Record<string, string[]> = {};
    for (const [name, value] of answer.headers) {
      // These belong to the connection, not to the answer of a function.
      if (/^(?:connection|content-length|keep-alive|transfer-encoding)$/i.test(name)) continue;
      headers[name] ??= [];
      headers[name].push(value);
    }
    const hasBody = answer.status !== 204 && answer.status !== 304;
    response.writeHead(answer.status, {
      ...headers,
      ...(hasBody && { 'Content-Length': answer.body.length }),
    });
    response.end(message.method === 'HEAD' ? undefined : answer.body);
    const ms = Math.round(performance.now() - started);
    const clock = new Date().toTimeString().slice(0, 8);
    this.#log.say('request', `${clock} ${message.method} ${path} ${answer.status} ${ms} ms ${answer.by}`);
  }
}

/** Reads to the end, but keeps no more than the gateway needs to refuse it. */
async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    if (size <= payloadLimitBytes) parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts);
}

function isLoopbackName(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host ?? '');
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(body);
}
