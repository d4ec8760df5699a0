export interface PostgresOptions {
  /** Where the embedded database lives. @default in memory */
  readonly dataDirectory?: string;
  /**
   * A real server to use instead of the embedded engine, as `postgres://user:password@host/database`. The user has to
   * be a superuser, or one that may change the passwords of the roles that log in.
   */
  readonly url?: string;
  /** @default a free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly tls: { readonly cert: string; readonly key: string };
  /** Admit connections without TLS. RDS with `rds.force_ssl` does not. @default false */
  readonly allowPlain?: boolean;
  /** Name that clients ask for. @default 'landfall', or the database in `url` */
  readonly databaseName?: string;
  /** Owner of the database, as the master user of an RDS instance: no superuser. @default 'landfall' */
  readonly masterUser?: string;
  /** Says whether the password, or IAM token, of a role is right. */
  authenticate(user: string, password: string): Promise<boolean>;
  /**
   * A database to start from when the data directory is empty: a dump, or the path of a file. To the file's name a
   * fingerprint of the engine is added; when it does not exist, this start writes it and later ones are quick.
   */
  readonly template?: Uint8Array | string;
  /** @default 100 */
  readonly maxConnections?: number;
  /** How long a transaction may stay idle while another client waits for the engine. @default 15000 */
  readonly idleInTransactionMs?: number;
  readonly log?: (line: string) => void;
}
