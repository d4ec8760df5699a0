/** Challenges that wait for their answer. They wait in memory: a restart ends them, as their minutes would. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../errors';
import type { Client } from './records';
import type { SrpExchange } from './srp';
import type { UserPool } from './user-pool';

/** One step of a custom sign-in, as its functions see it. */
export interface Round {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata: string | null;
}

export type Step =
  | { readonly name: 'NEW_PASSWORD_REQUIRED' }
  /** Rounds: of a custom sign-in that begins with a password. */
  | {
      readonly name: 'PASSWORD_VERIFIER';
      readonly exchange: SrpExchange;
      readonly rounds?: readonly Round[] | undefined;
    }
  | {
      readonly name: 'CUSTOM_CHALLENGE';
      readonly rounds: readonly Round[];
      readonly metadata: string | null;
      readonly privateParameters: Readonly<Record<string, string>>;
    }
  | { readonly name: 'SELECT_CHALLENGE' }
  | { readonly name: 'PASSWORD' }
  | { readonly name: 'EMAIL_OTP'; readonly codeHash: string; readonly attemptsLeft: number }
  | { readonly name: 'SOFTWARE_TOKEN_MFA'; readonly newPassword: boolean }
  /** The secret is that of an app which has yet to prove that it has it. */
  | {
      readonly name: 'MFA_SETUP';
      readonly newPassword: boolean;
      readonly secret?: string;
      readonly proven: boolean;
    }
  /** No challenge: a sign-up that goes on to a sign-in once it is confirmed. */
  | { readonly name: 'SIGNED_UP'; readonly confirmed: boolean };

/** Who has to answer. */
export interface Challenged {
  /** Of a user who does not exist: a name nobody has. */
  readonly username: string;
  /** What somebody who does not exist called themselves. */
  readonly unknownName?: string | undefined;
}

export type Challenge<Name extends Step['name'] = Step['name']> = Extract<Step, { name: Name }> &
  Challenged & {
    readonly poolId: string;
    readonly clientId: string;
    /** Milliseconds since 1970. */
    readonly expires: number;
  };

/** How long an expired or answered session is remembered, to say what became of it. */
const REMEMBERED_MS = 15 * 60_000;

const notAuthorized = (message: string) => new AwsError('NotAuthorizedException', message);

export class Challenges {
  private readonly waiting = new Map<string, Challenge>();
  /** Answered ones, until they would have expired. */
  private readonly used = new Map<string, number>();

  /** @returns the session that names it */
  keep(
    pool: UserPool,
    client: Client,
    { username, unknownName }: Challenged,
    step: Step,
    session = randomBytes(48).toString('base64url'),
  ): string {
    const now = pool.now();
    this.forget(now - REMEMBERED_MS);
    this.waiting.set(session, {
      ...step,
      poolId: pool.id,
      clientId: client.id,
      username,
      unknownName,
      expires: now + client.settings.validity.session * 1000,
    });
    return session;
  }

  private forget(before: number): void {
    for (const [session, { expires }] of this.waiting) {
      if (expires >= before) break;
      this.waiting.delete(session);
    }
    for (const [session, expires] of this.used) {
      if (expires >= before) break;
      this.used.delete(session);
    }
  }

  /**
   * Hands out a challenge for its answer: once, so that of parallel answers only one counts.
   * @throws AwsError NotAuthorizedException
   */
  take<Name extends Step['name']>(
    session: string | undefined,
    pool: UserPool,
    client: Client,
    ...names: readonly Name[]
  ): Challenge<Name> {
    const challenge = this.waiting.get(session ?? '');
    if (!challenge && this.used.has(session ?? ''))
      throw notAuthorized('Invalid session for the user, session can only be used once.');
    const fits = challenge && (names as readonly string[]).includes(challenge.name);
    if (!fits || challenge.clientId !== client.id || challenge.poolId !== pool.id)
      throw notAuthorized('Invalid session for the user.');
    if (challenge.expires < pool.now())
      throw notAuthorized('Invalid session for the user, session is expired.');
    this.waiting.delete(session as string);
    this.used.set(session as string, challenge.expires);
    return challenge as Challenge<Name>;
  }

  /** Takes a handed-out challenge back: a mistyped answer may be corrected. */
  restore(session: string | undefined, challenge: Challenge): void {
    if (session === undefined) return;
    this.used.delete(session);
    this.waiting.set(session, challenge);
  }

  /** Which client a session belongs to, for calls that name none. @throws AwsError NotAuthorizedException */
  ownerOf(session: string): { readonly poolId: string; readonly clientId: string } {
    const challenge = this.waiting.get(session);
    if (!challenge) throw notAuthorized('Invalid session for the user.');
    return challenge;
  }
}
