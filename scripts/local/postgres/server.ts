import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Backend } from './backend';
import { EmbeddedBackend } from './embedded-backend';
import { HandshakeError, readPassword, readStartup, refuse, type Startup } from './handshake';
import type { PostgresOptions } from './options';
import { UrlBackend } from './url-backend';

export interface PostgresServer {
  readonly port: number;
  /** The embedded database as it is now, for `template`. */
  dump(): Promise<Uint8Array>;
  close(): Promise<void>;
}

const AUTHENTICATION_TIMEOUT_MS = 30_000;

/**
 * A PostgreSQL server on loopback that behaves as an RDS instance with `rds.force_ssl` and IAM authentication: TLS,
 * logins checked by a callback, real roles. Behind it is an embedded engine (PGlite), or a real server by URL.
 *
 * What differs with the embedded engine: transactions of different clients run one after the other; a running
 * statement cannot be cancelled, nor stopped by statement_timeout; temporary tables, cursors WITH HOLD and `currval`
 * do not outlive a transaction when another client comes in between; there is no autovacuum.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? (() => undefined);
  const backend =
    options.url === undefined
      ? await EmbeddedBackend.open(options, log)
      : await UrlBackend.open(options.url, options, log);
  try {
    return await new Front(options, backend, log).listen();
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** Listens, encrypts, authenticates; what follows a login is the backend's. */
class Front implements PostgresServer {
  readonly #server: Server;
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly options: PostgresOptions,
    private readonly backend: Backend,
    private readonly log: (line: string) => void,
  ) {
    this.#context = createSecureContext({ ...options.tls, minVersion: 'TLSv1.2' });
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // Failures surface where the socket is read; here they must only not end the process.
      socket.on('error', () => socket.destroy());
      void this.#serve(socket);
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.options.port ?? 0, this.options.host ?? '127.0.0.1', resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  dump(): Promise<Uint8Array> {
    return this.backend.dump();
  }

  async close(): Promise<void> {
    const listening = new Promise((resolve) => this.#server.close(resolve));
    await this.backend.close();
    for (const socket of this.#sockets) socket.destroy();
    await listening;
  }

  async #serve(raw: Socket): Promise<void> {
    const timeout = setTimeout(() => raw.destroy(), AUTHENTICATION_TIMEOUT_MS);
    timeout.unref();
    try {
      const startup = await readStartup(raw, this.#context);
      if (startup.kind === 'cancel') {
        this.backend.cancel(startup.processId, startup.secret);
        raw.destroy();
        return;
      }
      startup.socket.on('error', () => raw.destroy());
      await this.#admit(startup);
    } catch (error) {
      if (!(error instanceof HandshakeError))
        this.log(`postgres: ${String((error as Error).stack ?? error)}`);
      // Leaves a moment for an error that has been sent to arrive.
      if (!raw.writableEnded) raw.end();
      setTimeout(() => raw.destroy(), 1000).unref();
    } finally {
      clearTimeout(timeout);
    }
  }

  async #admit({ socket, encrypted, parameters }: Startup): Promise<void> {
    const { user = '', database = user } = parameters;
    const fatal = (code: string, message: string): Error =>
      refuse(socket, { severity: 'FATAL', code, message });
    if (user === '') throw fatal('28000', 'no PostgreSQL user name specified in startup packet');
    if (!encrypted && this.options.allowPlain !== true) {
      const host = socket.remoteAddress ?? '';
      throw fatal(
        '28000',
        `no pg_hba.conf entry for host "${host}", user "${user}", database "${database}", no encryption`,
      );
    }
    const password = await readPassword(socket);
    if (!(await this.options.authenticate(user, password))) {
      // RDS checks IAM tokens through PAM, and its error says so.
      const method = (await this.backend.usesToken(user)) ? 'PAM' : 'password';
      throw fatal('28P01', `${method} authentication failed for user "${user}"`);
    }
    if (database !== this.backend.database) throw fatal('3D000', `database "${database}" does not exist`);
    await this.backend.admit(socket, parameters);
  }
}
