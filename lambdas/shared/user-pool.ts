import { ApiError } from './errors';

/** The issuer in the tokens of a pool. */
export function issuerOf({
  region,
  userPoolId,
}: {
  readonly region: string;
  readonly userPoolId: string;
}): string {
  return `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`;
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

/**
 * Errors by which Cognito says no to this user or this answer. Any other is no statement about a user, so that
 * telling it to the caller tells nothing about one.
 */
const refusals = new Set([
  'CodeMismatchException',
  'ExpiredCodeException',
  'LimitExceededException',
  'NotAuthorizedException',
  'PasswordResetRequiredException',
  'TooManyRequestsException',
  // A trigger said no, for example to a token for an account that was deleted.
  'UserLambdaValidationException',
  'UserNotConfirmedException',
  'UserNotFoundException',
]);

/** @throws ApiError unavailable */
export function refusalOf(error: unknown): SignInOutcome {
  const name = error instanceof Error ? error.name : 'unknown';
  if (refusals.has(name)) return { refusal: name };
  throw new ApiError('unavailable', 'Signing in is not possible right now. Try again.', { cause: error });
}
