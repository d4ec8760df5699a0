import { AwsClient } from 'aws4fetch';
import { environmentCredentials } from './aws-presign';

/**
 * One signed request to an AWS service, for functions that need one operation of it: the SDK's client of a service
 * holds the shapes of them all, 95 KB for Lambda, 106 KB for Cognito and 170 KB for Secrets Manager.
 */
export interface AwsCall {
  /** As in the scope of the signature, and first part of the host. */
  readonly service: 'lambda' | 'cognito-idp' | 'secretsmanager' | 'sqs';
  /** @default '/' */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: object;
}

export interface AwsAnswer {
  readonly status: number;
  /** What the service calls its error; empty when there is none. */
  readonly errorType: string;
  /** The body as it came. */
  readonly text: string;
}

export interface AwsCallOptions {
  /** How often it is tried: again after a network error, a timeout, throttling and a 5xx. */
  readonly attempts: number;
  /** For each attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** @default the function's environment */
  readonly variables?: NodeJS.ProcessEnv;
}

/** Before the second attempt; doubled before each further one. */
const pauseMs = 100;

/** @throws Error when no attempt was answered */
export async function callAws(
  { service, path = '/', headers, body }: AwsCall,
  { attempts, timeoutMs, variables = process.env }: AwsCallOptions,
): Promise<AwsAnswer> {
  const { region, accessKeyId, secretAccessKey, sessionToken } = environmentCredentials(variables);
  const signer = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    service,
    region,
  });
  for (let attempt = 1; ; attempt++) {
    try {
      const request = await signer.sign(`${addressOf(service, region, variables)}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const response = await fetch(request);
      const text = await response.text();
      const { status } = response;
      const errorType = response.ok ? '' : errorTypeOf(response.headers, text);
      if (!isTemporary(status, errorType) || attempt >= attempts) return { status, errorType, text };
    } catch (cause) {
      if (attempt >= attempts) throw new Error(`${service} did not answer`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1)));
  }
}

/** Services that speak AWS JSON answer 400 for throttling, too. */
function isTemporary(status: number, errorType: string): boolean {
  return (
    status === 429 || status >= 500 || /^(?:Throttl|TooManyRequests|RequestLimitExceeded)/.test(errorType)
  );
}

/** Cognito's usual name has IPv6 addresses, too; those of the other services have not. */
function addressOf(service: AwsCall['service'], region: string, variables: NodeJS.ProcessEnv): string {
  if (variables.AWS_ENDPOINT_URL) return variables.AWS_ENDPOINT_URL.replace(/\/$/, '');
  const dualStack = service !== 'cognito-idp' && variables.AWS_USE_DUALSTACK_ENDPOINT === 'true';
  return `https://${service}.${region}.${dualStack ? 'api.aws' : 'amazonaws.com'}`;
}

/** In a header, or in the body of services that speak AWS JSON; either may carry a namespace or an address. */
function errorTypeOf(headers: { get(name: string): string | null }, text: string): string {
  const [, inBody = ''] = /"__type"\s*:\s*"([^"]*)"/.exec(text) ?? [];
  const [named = ''] = (headers.get('x-amzn-errortype') ?? inBody).split(':');
  return named.split('#').at(-1) ?? '';
}
