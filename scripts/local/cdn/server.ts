/** The HTTPS server behind a distribution: its behaviors over the objects of the local buckets. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authorizer, Conditions } from '../aws/authorization';
import type { Call, Reply } from '../aws/call';
import { AwsError } from '../aws/errors';
import type { S3Engine } from '../aws/s3/engine';
import { arnOf, checkKey } from '../aws/s3/names';
import { getObject } from '../aws/s3/objects';
import { xmlDocument } from '../aws/s3/xml';
import { isAllowed } from '../aws/service-calls';
import { decode } from '../aws/sigv4';
import { readWireRequest, send } from '../aws/wire';
import { serveTls, type TlsServer } from '../tls-server';
import {
  type AddedHeader,
  type Behavior,
  behaviorFor,
  type Delivery,
  type Distribution,
} from './distribution';
import { type ViewerRequest, verifyViewer } from './signed-request';

export interface CdnOptions {
  /** 0: any free one. */
  readonly port: number;
  /** PEM; the certificate must name localhost. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly delivery: Delivery;
  readonly distribution: Distribution;
  readonly s3: S3Engine;
  /** Whether the policies of the bucket and of its key let the distribution read. */
  readonly authorize: Authorizer;
  /** One line per request, without its query: that may open files. */
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. @default the clock of this machine */
  readonly now?: () => number;
}

export function startCdn(options: CdnOptions): Promise<TlsServer> {
  return serveTls({
    ...options,
    name: 'cdn',
    serve: (incoming, response) => serve(options, incoming, response),
  });
}

async function serve(
  options: CdnOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const [path = '/'] = (incoming.url ?? '/').split('?');
  const behavior = behaviorFor(options.distribution, path);
  const id = randomUUID();
  const reply = await answer(options, incoming, behavior, id).catch((error: Error): Reply => {
    if (error instanceof AwsError) return refusal(error, incoming.method, id);
    options.log(`cdn ${incoming.method} ${path} failed: ${error.stack}`);
    return { status: 502, headers: { 'content-type': 'text/plain' }, body: 'The terminal says what failed.' };
  });
  const failed = reply.status >= 400;
  const added = options.delivery.responseHeaders.get(behavior.responseHeadersPolicyId ?? '') ?? [];
  const headers = {
    ...withAdded(reply.headers ?? {}, added),
    // There is no cache: what is stored now is what a developer wants to see.
    'x-cache': failed ? 'Error from cloudfront' : 'Miss from cloudfront',
  };
  await send(response, { ...reply, headers }, id);
  options.log(`cdn ${incoming.method} ${path} ${reply.status} ${Math.round(performance.now() - started)} ms`);
}

async function answer(
  options: CdnOptions,
  incoming: IncomingMessage,
  behavior: Behavior,
  requestId: string,
): Promise<Reply> {
  const { distribution, delivery, s3, authorize, now = Date.now } = options;
  const { method, path, headers } = readWireRequest(incoming);
  if (!behavior.methods.includes(method)) return methodNotAllowed;
  if (behavior.trustedKeyGroups.length > 0)
    verifyViewer(viewerRequest(incoming, path), trustedKeys(behavior, delivery), now());

  const origin = distribution.origins.get(behavior.originId);
  if (!origin) throw new Error(`the distribution has no origin ${behavior.originId}`);
  const bucket = s3.bucket(origin.bucket);
  const key = path === '/' ? distribution.defaultRootObject : decode(path.slice(1));
  checkKey(key);
  const { signed } = origin;
  // CloudFront has no other permission: what the policy of a bucket does not name is out of reach, whatever a behavior says.
  const demand = async (action: string, resource: string, asked: Conditions = {}) => {
    const conditions = { ...asked, 'aws:SourceArn': distribution.arn, 's3:TlsVersion': '1.3' };
    const principal = signed ? 'cloudfront.amazonaws.com' : undefined;
    if (!(await isAllowed(authorize, { principal, action, resource, conditions })))
      throw new AwsError('AccessDenied', 'Access Denied', 403);
  };
  await demand('s3:GetObject', arnOf(bucket.name, key));
  const call: Call = {
    // No cache policy of the templates forwards a query, and S3 would take it for an operation.
    request: { method, path, query: [], headers },
    incoming,
    signature: undefined,
    requestId,
    now: now(),
    operation: 'GetObject',
    resource: arnOf(bucket.name, key),
    principal: undefined,
    // Asked about a missing object, which only those may know to be missing who may list.
    authorize: demand,
  };
  return getObject(bucket, key, call);
}

const methodNotAllowed: Reply = {
  status: 403,
  headers: { 'content-type': 'text/html' },
  body:
    '<h1>403 ERROR</h1><p>This distribution is not configured to allow the HTTP request method that was used for ' +
    'this request. The distribution supports only cachable requests.</p>',
};

function viewerRequest(incoming: IncomingMessage, path: string): ViewerRequest {
  const url = incoming.url ?? '/';
  const question = url.indexOf('?');
  const cookies = new Map<string, string>();
  for (const pair of (incoming.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return {
    origin: `https://${incoming.headers.host}`,
    path,
    query: question < 0 ? '' : url.slice(question + 1),
    cookies,
  };
}

/** Keys of the groups; one that is not declared opens nothing. */
function trustedKeys({ trustedKeyGroups }: Behavior, delivery: Delivery): Map<string, string> {
  const ids = trustedKeyGroups.flatMap((group) => delivery.keyGroups.get(group) ?? []);
  return new Map(
    ids.flatMap((id) => {
      const key = delivery.publicKeys.get(id);
      return key === undefined ? [] : [[id, key] as const];
    }),
  );
}

/** CloudFront's own errors are two elements; those of S3 pass through with what S3 says beside. */
function refusal(error: AwsError, method: string | undefined, requestId: string): Reply {
  const own = error.message !== 'Access Denied' && Object.keys(error.details).length === 0;
  const body = xmlDocument('Error', {
    Code: error.code,
    Message: error.message,
    ...error.details,
    ...(!own && { RequestId: requestId, HostId: 'landfall-local' }),
  });
  const headers = { 'content-type': own ? 'text/xml' : 'application/xml' };
  return method === 'HEAD' ? { status: error.status, headers } : { status: error.status, headers, body };
}

function withAdded(
  headers: NonNullable<Reply['headers']>,
  added: readonly AddedHeader[],
): NonNullable<Reply['headers']> {
  const result = { ...headers };
  for (const { name, value, override } of added) {
    const lower = name.toLowerCase();
    if (override || result[lower] === undefined) result[lower] = value;
  }
  return result;
}
