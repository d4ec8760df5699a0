import { isCertificateFailure, isNetworkFailure, reasonOf, trustFix } from '../migrate/failures';

const credentials =
  'Check the AWS credentials of this shell, for example by `aws sts get-caller-identity`; sign in again when they have expired.';

const refusals: Readonly<Record<string, (operation: string, queue: string) => string>> = {
  AccessDenied: (operation, queue) => `The credentials need sqs:${operation} on queue ${queue}.`,
  AccessDeniedException: (operation, queue) => `The credentials need sqs:${operation} on queue ${queue}.`,
  QueueDoesNotExist: (_, queue) =>
    `There is no queue ${queue} for these credentials. Check account and region, and that the environment is deployed.`,
  KmsAccessDenied: (_, queue) =>
    `The credentials need kms:Decrypt and kms:GenerateDataKey on the key of queue ${queue}.`,
  UnrecognizedClientException: () => credentials,
  InvalidClientTokenId: () => credentials,
  InvalidSignatureException: () => credentials,
  SignatureDoesNotMatch: () => credentials,
  MissingAuthenticationTokenException: () => credentials,
  ExpiredToken: () => credentials,
  ExpiredTokenException: () => credentials,
  CredentialsProviderError: () => credentials,
  TokenProviderError: () => credentials,
};

/** Runs a call of SQS. @throws Error that says what was tried, what came back, and what to do */
export async function explained<T>(operation: string, queue: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name = 'Error' } = error as { name?: string };
    const known = refusals[name.split('.').at(-1) ?? name]?.(operation, queue);
    const network = isCertificateFailure(error)
      ? trustFix
      : isNetworkFailure(error) || name === 'TimeoutError'
        ? 'Check the network and AWS_ENDPOINT_URL, and run again: what was moved stays moved.'
        : undefined;
    const fix = known ?? network ?? 'Run again: what was moved stays moved.';
    throw new Error(`${operation} on ${queue}: ${name}: ${reasonOf(error)}\n  fix: ${fix}`, { cause: error });
  }
}
