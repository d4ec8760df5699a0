import { StorageError } from './storage-error';

interface Place {
  readonly bucket: string;
  readonly path: string;
}

/** Errors of S3, of the SDK and of the network in words that name the way out; what is neither stays as it is. */
export function translatedFromS3(error: unknown, { bucket, path }: Place): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const fault = (kind: StorageError['fault'], message: string) => new StorageError(kind, message, error);
  switch (error.name) {
    case 'NoSuchKey':
    case 'NotFound':
      return fault(
        'not-found',
        `expected a file at ${path}, found none: it was deleted, or the stored path is wrong`,
      );
    case 'NoSuchBucket':
      return fault(
        'no-bucket',
        `expected the bucket ${bucket}, found no such bucket: create it, or correct S3_BUCKET_NAME (\`aws s3 ls s3://${bucket}/\` shows what is there)`,
      );
    case 'AccessDenied':
    case 'Forbidden':
    case 'AllAccessDisabled':
      return fault(
        'denied',
        `expected to be allowed to use ${path}, found AccessDenied: the role or user needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on arn:aws:s3:::${bucket}/*, and no policy of the bucket may deny them. Without s3:ListBucket on the bucket S3 answers the same for a file that is not there.`,
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return fault(
        'credentials',
        `expected credentials that AWS knows, found ${error.name}: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be a pair that is active in IAM; where a role is attached (EC2, ECS, Lambda), set neither. Then restart.`,
      );
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
    case 'InvalidToken':
      return fault(
        'credentials',
        `expected current credentials, found ${error.name}: temporary ones have to be renewed (\`aws sso login\`, or a new AWS_SESSION_TOKEN). Then restart.`,
      );
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return fault(
        'credentials',
        'expected credentials for AWS, found none: attach a role to the machine, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`',
      );
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return fault(
        'configuration',
        `expected the bucket ${bucket} in the region of AWS_REGION, found it in another: \`aws s3api get-bucket-location --bucket ${bucket}\` says which`,
      );
  }
  if (error.message === 'Region is missing')
    return fault('configuration', 'expected AWS_REGION, found none: set it to the region of the bucket');
  // S3 answered something else, or the SDK could not reach it; what is neither is a fault of this code.
  if (!('$metadata' in error) && !('code' in error) && error.name !== 'TimeoutError') return error;
  return fault(
    'unavailable',
    `expected S3 to answer for ${path}, found ${error.name}: try again; if it lasts, look at the network and the state of the service`,
  );
}
