/** What a user pool keeps, and what it is given. */
import type { Authorizer } from '../authorization';
import type { ClientSettings } from './client-settings';
import type { PasswordHash } from './passwords';
import type { SrpVerifier } from './srp';

export interface Code {
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly attemptsLeft: number;
}

/** What a code by e-mail is for. */
export type CodeKind = 'confirmation' | 'reset' | 'attribute';

export type UserStatus =
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'FORCE_CHANGE_PASSWORD'
  | 'RESET_REQUIRED'
  | 'EXTERNAL_PROVIDER';

/** Never changed in place: `UserPool.change` replaces it, on disk and in every index. */
export interface User {
  /** Position in listings; given by the pool. */
  readonly order: number;
  readonly username: string;
  readonly sub: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: UserStatus;
  readonly enabled: boolean;
  /** Absent for users who sign in without one, and for those whose password nobody knows. */
  readonly password?: PasswordHash | undefined;
  /** Kept only where a client signs in by SRP: it is cheaper to guess from than the scrypt hash. */
  readonly srp?: SrpVerifier | undefined;
  /** End of a temporary password; milliseconds since 1970. */
  readonly passwordExpires?: number | undefined;
  readonly created: number;
  readonly modified: number;
  readonly codes: Readonly<Partial<Record<CodeKind, Code>>>;
  /** New values of attributes that take effect when they are verified. */
  readonly unverified?: Readonly<Record<string, string>> | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly totp?: Totp | undefined;
  /** Base32; of an authenticator app that has yet to prove that it has it. */
  readonly newTotpSecret?: string | undefined;
}

/** An authenticator app that has proven its secret. */
export interface Totp {
  /** Base32. */
  readonly secret: string;
  /** Whether sign-ins ask for a code. */
  readonly enabled: boolean;
  readonly preferred: boolean;
  /** Time step of the last accepted code, which is not accepted again. */
  readonly lastStep?: number | undefined;
}

/** A sign-in: its refresh tokens, and through origin_jti every token that came from it. */
export interface Session {
  readonly originJti: string;
  /** The refresh token; with rotation also those before it. */
  readonly tokens: readonly RefreshToken[];
  readonly clientId: string;
  readonly username: string;
  /** Seconds since 1970. */
  readonly authTime: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly revoked: boolean;
  /** Granted on the pool's own pages. @default signed in through the API, for its scope */
  readonly scopes?: readonly string[] | undefined;
}

export interface RefreshToken {
  readonly hash: string;
  /** When a rotated token stops working; milliseconds since 1970. */
  readonly until?: number | undefined;
}

export interface Group {
  readonly name: string;
  readonly description?: string | undefined;
  readonly precedence?: number | undefined;
  readonly roleArn?: string | undefined;
  readonly created: number;
  readonly modified: number;
}

export interface Client {
  readonly id: string;
  readonly secret: string | undefined;
  readonly settings: ClientSettings;
}

export interface Mail {
  readonly poolId: string;
  readonly to: string;
  readonly kind: CodeKind | 'invitation' | 'sign-in';
  /** The code, or the temporary password of an invitation: empty for a user who signs in without one. */
  readonly code: string;
  /** What the CustomMessage trigger made of the mail. @default Cognito's own text */
  readonly custom?: { readonly subject?: string; readonly message?: string };
}

export type TriggerAnswer =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: { readonly errorType: string; readonly errorMessage: string } };

export interface PoolContext {
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly deliverMail: (mail: Mail) => void;
  /** Whether policies of functions let Cognito invoke them. */
  readonly authorize: Authorizer;
  /** Invokes a function of a pool's LambdaConfig. @default a pool with triggers cannot be used */
  readonly invokeTrigger?: ((functionArn: string, event: object) => Promise<TriggerAnswer>) | undefined;
  /** How long a trigger may take before it is invoked again. @default 5000, as on AWS */
  readonly triggerTimeoutMs?: number | undefined;
}
