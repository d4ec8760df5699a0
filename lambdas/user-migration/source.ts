/** Somebody the earlier system knows. */
export interface LegacyAccount {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly name?: string;
}

/** Why a source does not vouch for somebody. `banned` is final; after the others the next source is asked. */
export type Refusal = 'unknown' | 'wrong password' | 'unconfirmed' | 'banned';

export type Verdict = { readonly account: LegacyAccount } | { readonly refusal: Refusal };

/** A place that knows users of the earlier system. Anything it throws means no. */
export interface Source {
  readonly name: string;
  /** @param email in lower case */
  authenticate(email: string, password: string, signal: AbortSignal): Promise<Verdict>;
  /** Looks for somebody who has forgotten their password. */
  find(email: string, signal: AbortSignal): Promise<Verdict>;
}

/** The attributes that the account gets in the pool. Sources vouch for confirmed addresses only. */
export function attributesOf({ issuer, subject, email, name }: LegacyAccount): Record<string, string> {
  return {
    email,
    email_verified: 'true',
    ...(name !== undefined && { name }),
    'custom:legacy_issuer': issuer,
    'custom:legacy_subject': subject,
  };
}
