import type { Socket } from 'node:net';

/** What answers an authenticated client. */
export interface Backend {
  /** The one database, by the name clients ask for. */
  readonly database: string;
  /** Completes the login and serves the client. Sends the error and throws HandshakeError when it cannot. */
  admit(socket: Socket, parameters: Readonly<Record<string, string>>): Promise<void>;
  /** Does the role log in with an IAM token, as members of rds_iam do? */
  usesToken(role: string): Promise<boolean>;
  cancel(processId: number, secret: number): void;
  /** A copy of the database for the option `template`. */
  dump(): Promise<Uint8Array>;
  close(): Promise<void>;
}
