import { DatabaseError } from 'pg';
import * as z from 'zod';
import { environmentCredentials, presignedToken } from './aws-presign';
import { Connection, isConnectionFailure, type Target } from './connection';
import { port, readEnv } from './env';
import { ApiError } from './errors';
import { ConnectionLost, type Row, type Statement } from './flight';
import type { Identity } from './identity';
import type { Held } from './secrets';

/** A transaction in the name of one user. Row-level security shows it that user's rows only. */
export interface Transaction {
  readonly userId: string;
  query<R = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/**
 * The application's way to Postgres, and `withUser` is its only door: there is no query without an identity.
 *
 * Failures that another try may cure are thrown as ApiError `unavailable` or `timeout`; a deleted account, and a
 * token from before its user signed out everywhere, as `unauthorized`.
 */
export interface Database {
  /**
   * Runs one read in the name of a user, in a single network round trip. It is sent again when the kept
   * connection turns out to be broken, hence a read: texts that do not start with `select` are refused.
   */
  withUser<R = Row>(identity: Identity, read: Statement): Promise<R[]>;
  /** Runs `work` in one transaction in the name of a user; rolls back when it throws. */
  withUser<T>(identity: Identity, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Resolves when Postgres answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A statement inside a transaction. */
export type Query = <R = Row>(text: string, values?: readonly unknown[]) => Promise<R[]>;

/** The way to Postgres of what has no user. Policies and grants of its role say what it sees of all users' rows. */
export interface SystemDatabase {
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const identify = 'select landfall.identify($1, $2, $3, $4) as user_id';

/** Makes policies for Supabase's service role apply. */
const actAsService = 'select landfall.act_as_service()';

export function openDatabase(target: () => Promise<Target> = environmentTarget()): Database {
  const connection = new Connection(target);

  async function withUser(
    identity: Identity,
    task: Statement | ((tx: Transaction) => Promise<unknown>),
  ): Promise<unknown> {
    const { issuer, subject, email = null, claims = null } = identity;
    const opening = { text: identify, values: [issuer, subject, email, claims] };
    if (typeof task !== 'function') {
      if (!/^\s*select\b/i.test(task.text))
        throw new TypeError('expected a select; changes need a transaction');
      return translated(connection.flight([opening, task]));
    }
    return translated(
      connection.transaction([opening], (query, [opened]) =>
        task({
          userId: opened?.user_id as string,
          query: <R>(text: string, values?: readonly unknown[]) =>
            query({ text, ...(values && { values }) }) as Promise<R[]>,
        }),
      ),
    );
  }

  return {
    withUser: withUser as Database['withUser'],
    ping: async () => {
      await translated(connection.flight([{ text: 'select 1' }]));
    },
    close: () => connection.close(),
  };
}

/** For sweeps, as role `maintenance`: it sees tombstones and expired rows. */
export function openMaintenanceDatabase(target: () => Promise<Target> = environmentTarget()): SystemDatabase {
  return openSystemDatabase(new Connection(target), [{ text: actAsService }]);
}

/** For what works on files, as role `worker`: it sees files and how far the work on them is. */
export function openWorkerDatabase(target: () => Promise<Target> = environmentTarget()): SystemDatabase {
  // Above the role's statement_timeout (20 s): the search index of a long text takes its time.
  return openSystemDatabase(new Connection(target, { answerTimeoutMs: 22_000 }), []);
}

function openSystemDatabase(connection: Connection, opening: readonly Statement[]): SystemDatabase {
  return {
    transaction: (work) =>
      translated(
        connection.transaction(opening, (query) =>
          work(
            <R>(text: string, values?: readonly unknown[]) =>
              query({ text, ...(values && { values }) }) as Promise<R[]>,
          ),
        ),
      ),
    close: () => connection.close(),
  };
}

const iamSchema = z.object({
  DATABASE_HOST: z.string().min(1),
  DATABASE_PORT: port,
  DATABASE_NAME: z.string().min(1),
  DATABASE_USER: z.string().min(1),
});

const secretSchema = z.object({
  DATABASE_SECRET_ARN: z.string().min(1),
  DATABASE_USER: z.string().min(1).default('app'),
});

/** How the function's environment says to connect: with an IAM token, or by the URL of a secret. */
export function environmentTarget(variables: NodeJS.ProcessEnv = process.env): () => Promise<Target> {
  return variables.DATABASE_SECRET_ARN ? externalTarget(variables) : iamTarget(variables);
}

function iamTarget(variables: NodeJS.ProcessEnv): () => Promise<Target> {
  const env = readEnv(iamSchema, variables);
  return async () => {
    const { region, ...credentials } = environmentCredentials(variables);
    const password = presignedToken({
      service: 'rds-db',
      host: `${env.DATABASE_HOST}:${env.DATABASE_PORT}`,
      query: { Action: 'connect', DBUser: env.DATABASE_USER },
      region,
      credentials,
      now: new Date(),
    });
    return {
      host: env.DATABASE_HOST,
      port: env.DATABASE_PORT,
      database: env.DATABASE_NAME,
      user: env.DATABASE_USER,
      password,
    };
  };
}

function externalTarget(variables: NodeJS.ProcessEnv): () => Promise<Target> {
  const env = readEnv(secretSchema, variables);
  return async () => {
    const [{ secrets }, { urlSecret }] = await Promise.all([
      import('./secrets'),
      import('./database-secret'),
    ]);
    const targetOf = (held: Held<Target>): Target => ({
      ...held.value,
      // The URL may belong to a stronger role (a hosted database's owner may even bypass row-level security).
      role: env.DATABASE_USER,
      whenRefused: async () => {
        const next = await held.next();
        return next && targetOf(next);
      },
    });
    return targetOf(
      await secrets.hold(env.DATABASE_SECRET_ARN, urlSecret).catch((cause: Error & { fault?: unknown }) => {
        // For the caller it is the database that cannot be reached; the other faults do not pass by themselves.
        throw cause.fault === 'unavailable' ? new ConnectionLost(cause.message, { cause }) : cause;
      }),
    );
  };
}

/** Postgres' codes for a statement or a lock that took too long. */
const tookTooLong = new Set(['57014', '55P03']);

/** Why `landfall.identify` lets somebody with a valid token not in. */
const refusals: Readonly<Record<string, string>> = {
  LF001: 'This account was deleted.',
  LF002: 'This account was signed out everywhere after the token was issued. Sign in again.',
};

/** Tells failures of the database that the caller can do something about from ours. */
export async function translated<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof DatabaseError && tookTooLong.has(cause.code ?? '')) {
      throw new ApiError('timeout', 'The database took too long. Try again.', { cause });
    }
    const refusal = cause instanceof DatabaseError ? refusals[cause.code ?? ''] : undefined;
    if (refusal !== undefined) throw new ApiError('unauthorized', refusal, { cause });
    if (!(cause instanceof ApiError) && isConnectionFailure(cause)) {
      throw new ApiError('unavailable', 'The database cannot be reached right now. Try again.', { cause });
    }
    throw cause;
  }
}
