/** What a user pool keeps, and what it is given. */
import type { PasswordHash } from './passwords';
import type { ClientSettings } from './settings';
import type { SrpVerifier } from './srp';

export interface Code {
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  attemptsLeft: number;
}

export interface User {
  readonly username: string;
  readonly sub: string;
  attributes: Record<string, string>;
  status: 'UNCONFIRMED' | 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED';
  enabled: boolean;
  password?: PasswordHash;
  /** Kept only where a client signs in by SRP: it is cheaper to guess from than the scrypt hash. */
  srp?: SrpVerifier | undefined;
  /** End of a temporary password; milliseconds since 1970. */
  passwordExpires?: number | undefined;
  readonly created: number;
  modified: number;
  codes: { confirmation?: Code | undefined; reset?: Code | undefined };
}

/** A sign-in: its refresh token, and through origin_jti every token that came from it. */
export interface Session {
  readonly originJti: string;
  readonly refreshHash: string;
  readonly clientId: string;
  readonly username: string;
  /** Seconds since 1970. */
  readonly authTime: number;
  readonly expires: number;
  /** Granted on the pool's own pages. @default signed in through the API, for its scope */
  readonly scopes?: readonly string[];
  revoked: boolean;
}

export interface Client {
  readonly id: string;
  readonly secret: string | undefined;
  readonly settings: ClientSettings;
}

export interface Mail {
  readonly poolId: string;
  readonly to: string;
  readonly kind: 'confirmation' | 'reset' | 'invitation';
  /** The code, or the temporary password of an invitation. */
  readonly code: string;
}

export interface PoolContext {
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly deliverMail: (mail: Mail) => void;
}
