/** What Cognito refuses: a call too early, this user, or everything. */
import { isCertificateFailure, isNetworkFailure, reasonOf, trustFix } from '../failures';

const throttled = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyFailedAttemptsException',
  'SlowDown',
]);

interface Refused {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown): number => (error as Refused).$metadata?.httpStatusCode ?? 0;

export function isThrottling(error: unknown): boolean {
  return throttled.has((error as Refused).name ?? '') || statusOf(error) === 429;
}

/** Trying again may help. */
export function isTemporary(error: unknown): boolean {
  return isThrottling(error) || isNetworkFailure(error) || statusOf(error) >= 500;
}

const credentials =
  'Check the AWS credentials of this shell, for example by `aws sts get-caller-identity`; sign in again when they have expired.';

const fixes: Readonly<Record<string, (operation: string, poolId: string) => string>> = {
  ResourceNotFoundException: (_, poolId) =>
    `There is no user pool ${poolId} for these credentials. --to takes the UserPoolId that the deployment put out; check account and region.`,
  AccessDeniedException: (operation, poolId) =>
    `The credentials need cognito-idp:${operation} on user pool ${poolId}.`,
  NotAuthorizedException: (operation, poolId) =>
    `The credentials need cognito-idp:${operation} on user pool ${poolId}.`,
  UnrecognizedClientException: () => credentials,
  InvalidSignatureException: () => credentials,
  SignatureDoesNotMatch: () => credentials,
  IncompleteSignatureException: () => credentials,
  MissingAuthenticationTokenException: () => credentials,
  InvalidClientTokenId: () => credentials,
  ExpiredTokenException: () => credentials,
  ExpiredToken: () => credentials,
  CredentialsProviderError: () => credentials,
  TokenProviderError: () => credentials,
};

/** The error to stop with when no other user would fare better; undefined when it is about one user. */
export function failureOfAll(error: unknown, operation: string, poolId: string): Error | undefined {
  const { name = '', message = '' } = error as Refused;
  const stop = (fix: string) =>
    new Error(`${operation}: ${name}: ${reasonOf(error)}\n  fix: ${fix}`, { cause: error });
  const fix = fixes[name];
  if (fix) return stop(fix(operation, poolId));
  if (name === 'InvalidParameterException' && /legacy_(issuer|subject)/.test(message))
    return stop(
      `User pool ${poolId} lacks the attributes that tie a user to the old account. Deploy this version first (npm run deploy).`,
    );
  if (isThrottling(error)) return stop('Lower --rate, or wait, and run again: what is done is kept.');
  if (isCertificateFailure(error)) return stop(trustFix);
  if (isTemporary(error))
    return stop('Check the network and AWS_ENDPOINT_URL, and run again: what is done is kept.');
  return undefined;
}

/** Names of errors that speak of the user in the call. */
const aboutOneUser = new Set([
  'InvalidParameterException',
  'InvalidPasswordException',
  'UserLambdaValidationException',
  'UnexpectedLambdaException',
  'InvalidLambdaResponseException',
  'UnsupportedUserStateException',
  'AliasExistsException',
]);

/** @throws the error itself when it is none that one user could cause */
export function refusal(error: unknown): { readonly outcome: 'failed'; readonly reason: string } {
  const { name = '', message } = error as Refused;
  if (!aboutOneUser.has(name)) throw error;
  return { outcome: 'failed', reason: `the pool refused: ${name}: ${message}` };
}
