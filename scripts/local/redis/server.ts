import type { Duplex } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';
import { startBackend } from './backend';
import { type Command, CommandReader, encodeCommand, ProtocolError } from './commands';

export interface RedisOptions {
  /** @default a free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly tls: { readonly cert: string; readonly key: string };
  /** Says whether the password, or IAM token, of a user is right. AUTH without a user name means `default`. */
  authenticate(user: string, password: string): Promise<boolean>;
  readonly log?: (line: string) => void;
}

export interface RedisServer {
  readonly port: number;
  /** What answers behind the TLS front: the path of a redis-server, or the embedded one. */
  readonly engine: string;
  close(): Promise<void>;
}

/** Before AUTH nobody needs to send more than a token, and what an eager client puts behind it. */
const MAXIMUM_BYTES_BEFORE_LOGIN = 1024 * 1024;
/** As in Redis: the largest string. */
const MAXIMUM_BYTES = 512 * 1024 * 1024;

/**
 * A Redis on loopback as ElastiCache offers it: TLS only, and nothing but AUTH, HELLO and QUIT before a login that a
 * callback has agreed to. What is stored lives as long as the process.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const log = options.log ?? (() => undefined);
  const backend = await startBackend();
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...options.tls, minVersion: 'TLSv1.2', noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new RedisConnection(socket, () => backend.connect(), options.authenticate, log);
  });
  // A client that does not trust the certificate, or speaks plain Redis, is its own problem.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
  return {
    port: (server.address() as { port: number }).port,
    engine: backend.description,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await backend.close();
    },
  };
}

class RedisConnection {
  readonly #reader = new CommandReader(() =>
    this.#backend === undefined ? MAXIMUM_BYTES_BEFORE_LOGIN : MAXIMUM_BYTES,
  );
  #backend: Duplex | undefined;
  /** Commands wait here while a login is being checked: their order is the order of the answers. */
  readonly #waiting: Command[] = [];
  #checking = false;

  constructor(
    private readonly socket: TLSSocket,
    private readonly connect: () => Duplex,
    private readonly authenticate: (user: string, password: string) => Promise<boolean>,
    private readonly log: (line: string) => void,
  ) {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#backend?.destroy());
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#waiting.push(...this.#reader.read(chunk));
      } catch (error) {
        this.#fail(error);
        return;
      }
      if (!this.#checking) this.#work();
    });
  }

  #work(): void {
    for (let command = this.#waiting.shift(); command !== undefined; command = this.#waiting.shift()) {
      if (this.socket.destroyed) return;
      if (command.name === 'AUTH' || command.name === 'HELLO') {
        this.#check(command);
        return;
      }
      this.#handle(command);
    }
  }

  #check(command: Command): void {
    this.#checking = true;
    this.socket.pause();
    const login = command.name === 'AUTH' ? this.#auth(command) : this.#hello(command);
    login
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#checking = false;
        this.socket.resume();
        this.#work();
      });
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#answer(`-ERR Protocol error: ${error.message}`);
    else this.log(`redis: ${String((error as Error).stack ?? error)}`);
    this.socket.end();
  }

  #handle(command: Command): void {
    if (this.#backend !== undefined) {
      this.#forward(command.raw);
    } else if (command.name === 'QUIT') {
      this.#answer('+OK');
      this.socket.end();
    } else {
      this.#answer('-NOAUTH Authentication required.');
    }
  }

  async #auth({ parameters }: Command): Promise<void> {
    const [user, password] = parameters.length === 1 ? ['default', parameters[0]] : parameters;
    if (user === undefined || password === undefined || parameters.length > 2) {
      this.#answer("-ERR wrong number of arguments for 'auth' command");
    } else if (!(await this.authenticate(user, password))) {
      this.#refuse();
    } else if (this.#backend === undefined) {
      this.#open();
      this.#answer('+OK');
    } else {
      // A renewed login: the answer takes its turn behind those that are still under way.
      this.#forward(encodeCommand('PING', 'OK'));
    }
  }

  /** HELLO [version [AUTH user password] [SETNAME name]]: the login is ours, the rest the backend's. */
  async #hello({ parameters, raw }: Command): Promise<void> {
    const at = parameters.findIndex((word) => word.toUpperCase() === 'AUTH');
    if (at < 0) {
      if (this.#backend !== undefined) {
        this.#forward(raw);
        return;
      }
      this.#answer(
        '-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
      );
      return;
    }
    const [user, password] = parameters.slice(at + 1);
    if (user === undefined || password === undefined) {
      this.#answer('-ERR Syntax error in HELLO option');
      return;
    }
    if (!(await this.authenticate(user, password))) {
      this.#refuse();
      return;
    }
    if (this.#backend === undefined) this.#open();
    this.#forward(encodeCommand('HELLO', ...parameters.slice(0, at), ...parameters.slice(at + 3)));
  }

  #refuse(): void {
    this.#answer('-WRONGPASS invalid username-password pair or user is disabled.');
    // Answers of earlier commands may still be under way: an error out of turn would be taken for one of theirs.
    if (this.#backend !== undefined) this.socket.end();
  }

  #open(): void {
    const backend = this.connect();
    this.#backend = backend;
    backend.on('error', () => this.socket.destroy());
    backend.once('close', () => this.socket.end());
    backend.pipe(this.socket);
  }

  #forward(bytes: Buffer): void {
    const backend = this.#backend;
    if (backend === undefined || backend.destroyed || backend.write(bytes)) return;
    this.socket.pause();
    backend.once('drain', () => this.socket.resume());
  }

  #answer(line: string): void {
    if (this.socket.writable) this.socket.write(`${line}\r\n`);
  }
}
