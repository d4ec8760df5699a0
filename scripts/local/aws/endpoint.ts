/**
 * The one AWS endpoint of the local runtime, on the loopback: unmodified SDK clients reach it by AWS_ENDPOINT_URL,
 * browsers by presigned URLs and forms. Authenticates, asks the authorizer, dispatches to the engines, logs.
 */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Principals } from './authentication';
import { type Authorizer, requireAllowed } from './authorization';
import type { Call, Reply } from './call';
import { CognitoEngine, type Mail, type PoolContext } from './cognito/engine';
import { cognitoService } from './cognito/service';
import { wellKnown } from './cognito/well-known';
import { AwsError, notImplemented } from './errors';
import { verifyIamToken } from './iam-tokens';
import { CORS, type JsonService } from './json-service';
import { S3Engine } from './s3/engine';
import { readNames } from './s3/names';
import { S3Service } from './s3/service';
import { SecretsEngine } from './secrets';
import { secretsService } from './secrets-service';
import { SsmEngine, ssmService } from './ssm';
import { drain, readWireRequest, send } from './wire';

export interface AwsEndpointOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Everything the engines keep lives below it. */
  readonly stateDirectory: string;
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  readonly principals: Principals;
  readonly authorize: Authorizer;
  /** One line per call, and per refused IAM token. */
  readonly log: (line: string) => void;
  /** Receives the mails Cognito would send. @default a log line without the code */
  readonly deliverMail?: (mail: Mail) => void;
  /** Invokes the functions of user pools. @default a pool with triggers cannot be used */
  readonly invokeTrigger?: PoolContext['invokeTrigger'];
  /** How long a trigger may take before it is invoked again; milliseconds. @default 5000, as on AWS */
  readonly triggerTimeoutMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

export interface AwsEndpoint {
  readonly url: string;
  readonly port: number;
  readonly s3: S3Engine;
  readonly secrets: SecretsEngine;
  readonly ssm: SsmEngine;
  readonly cognito: CognitoEngine;
  /**
   * Whether `password` is a current IAM authentication token of `user`, signed by a role that may connect.
   * @param host RDS: `host:port` the token must be for. ElastiCache: the replication group's id.
   * @param resourceId DB resource id for the policy's ARN. @default '*'
   */
  verifyToken(
    user: string,
    password: string,
    kind: 'rds' | 'elasticache',
    host: string,
    resourceId?: string,
  ): Promise<boolean>;
  close(): Promise<void>;
}

type Service = S3Service | JsonService;

export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const { region, accountId, principals, authorize, log, stateDirectory } = options;
  const { invokeTrigger, triggerTimeoutMs } = options;
  const clock = options.clock ?? Date.now;
  const deliverMail = options.deliverMail ?? ((mail) => log(`mail to ${mail.to}: ${mail.kind}`));
  // Objects and users are nobody else's business on a shared machine.
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const place = { region, accountId };
  const [s3, secrets, ssm, cognito] = await Promise.all([
    S3Engine.open(path.join(stateDirectory, 's3'), log),
    SecretsEngine.open(path.join(stateDirectory, 'secrets.json'), place),
    SsmEngine.open(path.join(stateDirectory, 'ssm.json'), place),
    CognitoEngine.open(path.join(stateDirectory, 'cognito'), {
      ...place,
      clock,
      deliverMail,
      invokeTrigger,
      triggerTimeoutMs,
    }),
  ]);
  const s3Service = new S3Service({ engine: s3, ...place, principals });
  const jsonServices = [
    secretsService(secrets, principals),
    ssmService(ssm, principals),
    cognitoService(cognito, principals),
  ];

  /** By the operation's target where there is one, else by the signature's scope; browsers without either mean S3. */
  function serviceOf(request: Call['request']): Service {
    const target = request.headers.get('x-amz-target');
    const scope = /Credential=[^/]*\/\d*\/[^/]*\/([^/]+)\//.exec(
      request.headers.get('authorization') ?? '',
    )?.[1];
    if (target !== undefined) {
      const service = jsonServices.find((candidate) => candidate.handles(target));
      if (!service) throw notImplemented(`the service of ${target}`);
      return service;
    }
    if (scope === undefined || scope === 's3') return s3Service;
    throw notImplemented(`the service ${scope}`);
  }

  async function answer(call: Call): Promise<Reply> {
    const { request } = call;
    const published = wellKnown(cognito, request);
    if (published) return published;
    if (request.method === 'OPTIONS' && readNames(request).bucket === '') return jsonPreflight(request);
    const service = serviceOf(request);
    call.authorize = (action, resource, conditions = {}) =>
      requireAllowed(
        authorize,
        { principal: call.principal, service: service.name, action, resource, conditions },
        service.deniedCode,
      );
    try {
      return await service.handle(call);
    } catch (error) {
      return service.fault(asAwsError(error, call, log), call);
    }
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = randomUUID();
    const call: Call = {
      request: readWireRequest(incoming),
      incoming,
      signature: undefined,
      requestId,
      now: clock(),
      operation: incoming.method ?? '',
      resource: incoming.url?.split('?')[0] ?? '',
      principal: undefined,
      authorize: async () => undefined,
    };
    const reply = await answer(call).catch((error): Reply => {
      const { status, code, message } = asAwsError(error, call, log);
      return {
        status,
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
        body: JSON.stringify({ __type: code, message }),
      };
    });
    await drain(incoming);
    const ms = Math.round(performance.now() - started);
    const role = call.principal?.split('/').at(-1) ?? 'anonymous';
    log(`aws ${call.operation} ${call.resource} ${reply.status} ${ms} ms by ${role}`);
    await send(response, reply, requestId);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: Error) => {
      // The caller is gone, or the answer broke half-way: nobody is left to tell.
      log(`aws ${incoming.method} ${incoming.url?.split('?')[0]}: ${error.message}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    s3,
    secrets,
    ssm,
    cognito,
    async verifyToken(user, password, kind, host, resourceId = '*') {
      const checked = verifyIamToken({ kind, token: password, user, host, principals, region, now: clock() });
      if ('refused' in checked) {
        log(`aws ${kind} connect as ${user} refused: ${checked.refused}`);
        return false;
      }
      const [service, resource] =
        kind === 'rds'
          ? ['rds-db', `arn:aws:rds-db:${region}:${accountId}:dbuser:${resourceId}/${user}`]
          : ['elasticache', `arn:aws:elasticache:${region}:${accountId}:replicationgroup:${host}`];
      const decision = await authorize({
        principal: checked.roleArn,
        service,
        action: `${service}:${service === 'rds-db' ? 'connect' : 'Connect'}`,
        resource,
        conditions: {},
      });
      if (decision === 'deny') log(`aws ${service}:connect as ${user} denied to ${checked.roleArn}`);
      return decision === 'allow';
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function asAwsError(error: unknown, call: Call, log: (line: string) => void): AwsError {
  if (error instanceof AwsError) {
    if (error.status === 501) log(`aws: ${error.message}`);
    return error;
  }
  // A fault of the endpoint itself: the caller learns no more than on AWS, the log everything.
  log(`aws ${call.operation} ${call.resource} failed: ${(error as Error).stack}`);
  return new AwsError('InternalError', 'We encountered an internal error. Please try again.', 500);
}

function jsonPreflight({ headers }: Call['request']): Reply {
  return {
    status: 200,
    headers: {
      ...CORS,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': headers.get('access-control-request-headers'),
      'access-control-max-age': 172_800,
    },
  };
}
