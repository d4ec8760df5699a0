import { Connection, type Target } from './connection';
import { environmentTarget, translated } from './database';
import type { Identity } from './identity';

/** A user of the system before, who has not signed in here yet. */
export interface LegacyUser {
  readonly issuer: string;
  readonly subject: string;
  /** bcrypt; null for users who have no password. */
  readonly passwordHash: string | null;
  readonly confirmed: boolean;
  readonly banned: boolean;
}

/**
 * The sign-in triggers' way to Postgres, as role `identity`: it executes two functions and reads no table.
 *
 * Failures are thrown as by the application's database: ApiError `unavailable`, `timeout`, or `unauthorized` for a
 * deleted account.
 */
export interface IdentityDatabase {
  /**
   * The user id of an identity, made when it is new. With the identity that the person had at an earlier issuer,
   * both lead to the same user. Repeating it is harmless.
   */
  register(identity: Identity, legacy?: Pick<Identity, 'issuer' | 'subject'>): Promise<string>;
  /** The imported user with this address, in any case. */
  legacyUser(email: string): Promise<LegacyUser | undefined>;
  close(): Promise<void>;
}

const register = 'select landfall.register_identity($1, $2, $3, $4, $5) as user_id';

const legacyUser = `select issuer, subject, password_hash as "passwordHash", confirmed, banned from landfall.legacy_user($1)`;

/** Cognito waits 5 s for a trigger: its callers give up after half of that, and the connection is free soon after. */
const patience = { connectTimeoutMs: 1_500, answerTimeoutMs: 2_200 };

export function openIdentityDatabase(target: () => Promise<Target> = environmentTarget()): IdentityDatabase {
  const connection = new Connection(target, patience);
  return {
    register: async ({ issuer, subject, email = null }, legacy) => {
      const values = [issuer, subject, email, legacy?.issuer ?? null, legacy?.subject ?? null];
      const [row] = await translated(connection.flight([{ text: register, values }]));
      return row?.user_id as string;
    },
    legacyUser: async (email) => {
      const [row] = await translated(connection.flight([{ text: legacyUser, values: [email] }]));
      return row as LegacyUser | undefined;
    },
    close: () => connection.close(),
  };
}
