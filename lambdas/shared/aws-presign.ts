import { createHash, createHmac } from 'node:crypto';

/**
 * SigV4 query signatures for the IAM tokens of RDS and ElastiCache. Both are a presigned GET without a body
 * that is used as a password; the SDK's signer for it costs 27 ms and 90 KB at every cold start.
 */
export interface PresignOptions {
  readonly service: 'rds-db' | 'elasticache';
  /** Host with port, as it is signed. */
  readonly host: string;
  readonly query: Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Both services refuse a token after 15 minutes; a connection made with it lives on. */
const expirySeconds = 900;

/** The signed address without `https://`, which is the form both services take as a password. */
export function presignedToken({ service, host, query, region, credentials, now }: PresignOptions): string {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const parameters: Record<string, string> = {
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(expirySeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken && { 'X-Amz-Security-Token': credentials.sessionToken }),
  };
  const canonicalQuery = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalRequest = ['GET', '/', canonicalQuery, `host:${host}`, '', 'host', sha256('')].join('\n');
  const stringToSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(stringToSign).digest('hex');
  return `${host}/?${canonicalQuery}&X-Amz-Signature=${signature}`;
}

/**
 * The credentials Lambda gives a function. Read at each use: a long-lived instance gets new ones.
 * @throws Error when they are absent
 */
export function environmentCredentials(
  variables: NodeJS.ProcessEnv = process.env,
): AwsCredentials & { region: string } {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = variables;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_REGION) {
    throw new Error('expected AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION in the environment');
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
    region: AWS_REGION,
  };
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
