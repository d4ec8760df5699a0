import type { Identity } from './identity';

/** The issuer in the tokens of a pool, whose id begins with its region. */
export function issuerOf(userPoolId: string): string {
  const [region] = userPoolId.split('_');
  return `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
}

/** Who a user of a pool is here, and at the issuer they came from. */
export interface Person {
  readonly identity: Identity;
  /** Absent for somebody who did not come from elsewhere. */
  readonly legacy?: Pick<Identity, 'issuer' | 'subject'>;
}

/** @throws Error when the event lacks the user's `sub`, which Cognito always sends */
export function personOf(event: {
  readonly region: string;
  readonly userPoolId: string;
  readonly request: { readonly userAttributes: Readonly<Record<string, string>> };
}): Person {
  const { sub, email, ...others } = event.request.userAttributes;
  if (!sub) throw new Error('expected the attribute sub in the event of the trigger');
  const [issuer, subject] = [others['custom:legacy_issuer'], others['custom:legacy_subject']];
  return {
    identity: { issuer: issuerOf(event.userPoolId), subject: sub, ...(email && { email }) },
    ...(issuer && subject && { legacy: { issuer, subject } }),
  };
}

export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  /** Seconds that access and ID token live. */
  readonly expiresIn: number;
}

export interface ChallengeAnswer {
  readonly username: string;
  readonly answer: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What came of an answer: tokens, another challenge, or a refusal for a reason that lies with user or answer. */
export type SignInOutcome =
  | { readonly tokens: Tokens }
  | { readonly challenge: string }
  | { readonly refusal: string };

/**
 * Begins a sign-in by custom challenge and answers the challenge, as any client of the pool could.
 * @throws ApiError unavailable, when the pool or one of its triggers is at fault and not the user
 */
export type AnswerChallenge = (answer: ChallengeAnswer) => Promise<SignInOutcome>;

/** Calls need no rights: they are what a browser may do. The SDK is loaded at the first use. */
export function poolClient(clientId: string): AnswerChallenge {
  return async (answer) => {
    const { answerChallenge } = await import('./cognito-sign-in');
    return answerChallenge(clientId, answer);
  };
}
