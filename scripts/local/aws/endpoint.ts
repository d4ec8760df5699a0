/**
 * The one AWS endpoint of the local runtime, on the loopback: unmodified SDK clients reach it by AWS_ENDPOINT_URL,
 * browsers by presigned URLs and forms. Authenticates, asks the authorizer, dispatches to the engines, logs.
 */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { deniedDeadLetterAction } from '../lambda/service-role';
import type { OutgoingMail } from '../mailbox';
import { type Principals, sessionOf } from './authentication';
import { type Authorizer, type Conditions, requireAllowed } from './authorization';
import type { Call, Reply } from './call';
import { CognitoEngine, type Mail, type PoolContext } from './cognito/engine';
import { cognitoService } from './cognito/service';
import { wellKnown } from './cognito/well-known';
import { DynamoEngine } from './dynamodb/engine';
import { dynamoService } from './dynamodb/service';
import { AwsError, notImplemented } from './errors';
import { EventBus } from './events/bus';
import { objectEvent } from './events/object-events';
import { eventsService } from './events/service';
import { verifyIamToken } from './iam-tokens';
import { CORS, type JsonService } from './json-service';
import { KmsEngine } from './kms';
import { kmsService } from './kms-service';
import { BackgroundEvents, type InvokeFunction } from './lambda/background-events';
import { deadLetterOf } from './lambda/dead-letter';
import { lambdaService } from './lambda/service';
import type { RestJsonService } from './rest-json-service';
import { S3Engine } from './s3/engine';
import { readNames } from './s3/names';
import { S3Service } from './s3/service';
import { SecretsEngine } from './secrets';
import { secretsService } from './secrets-service';
import { sesService } from './ses/service';
import { SqsEngine } from './sqs/engine';
import { sqsService } from './sqs/service';
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
  /** Keeps the mails SES would send. @default a log line without their content */
  readonly sendMail?: (mail: OutgoingMail) => Promise<void>;
  /** Runs a function for callers of the Lambda API. @default there are no functions */
  readonly invokeFunction?: InvokeFunction;
  /** Whether there is a function with this ARN, qualified or not. @default no */
  readonly hasFunction?: (arn: string) => boolean;
  /** Told of asynchronous events and messages that are given up: what somebody at the terminal should see. @default `log` */
  readonly report?: (line: string) => void;
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
  readonly dynamodb: DynamoEngine;
  readonly kms: KmsEngine;
  readonly sqs: SqsEngine;
  readonly events: EventBus;
  /** Asynchronous invocations. To be closed before the functions are, so that they may finish. */
  readonly lambdaEvents: BackgroundEvents;
  /**
   * Whether `password` is a current IAM authentication token of `user`, signed by a role that may connect.
   * @param host RDS: `host:port` the token must be for. ElastiCache: the replication group's id.
   * @param resources what policies name: the user of the database, or the cache and its user; all must be allowed
   */
  verifyToken(
    user: string,
    password: string,
    kind: 'rds' | 'elasticache',
    host: string,
    resources: readonly string[],
  ): Promise<boolean>;
  close(): Promise<void>;
}

type Service = S3Service | JsonService | RestJsonService;

/** Without functions. */
const noFunctions: InvokeFunction = (arn) => Promise.reject(new Error(`There is no function ${arn}.`));

export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const { region, accountId, principals, authorize, log, stateDirectory } = options;
  const { invokeTrigger, triggerTimeoutMs } = options;
  const clock = options.clock ?? Date.now;
  const { invokeFunction = noFunctions, hasFunction = () => false, report = log } = options;
  const sendMail = options.sendMail ?? (async ({ to }) => log(`mail to ${to.join(', ')}`));
  const deliverMail = options.deliverMail ?? ((mail) => log(`mail to ${mail.to}: ${mail.kind}`));
  // Objects and users are nobody else's business on a shared machine.
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const place = { region, accountId };
  // The port is known when the server listens; nobody asks for a queue's URL before.
  let url = '';
  const sqs = await SqsEngine.open(path.join(stateDirectory, 'sqs.jsonl'), {
    ...place,
    clock,
    endpointUrl: () => url,
    report,
  });
  const kms = await KmsEngine.open(path.join(stateDirectory, 'kms.json'), place);
  const [s3, secrets, ssm, cognito, dynamodb, lambdaEvents] = await Promise.all([
    S3Engine.open(path.join(stateDirectory, 's3'), log, (keyId) => kms.customerManaged(keyId)),
    SecretsEngine.open(path.join(stateDirectory, 'secrets.json'), place, (keyId) =>
      kms.customerManaged(keyId),
    ),
    SsmEngine.open(path.join(stateDirectory, 'ssm.json'), place),
    CognitoEngine.open(path.join(stateDirectory, 'cognito'), {
      ...place,
      clock,
      authorize,
      deliverMail,
      invokeTrigger,
      triggerTimeoutMs,
    }),
    DynamoEngine.open(path.join(stateDirectory, 'dynamodb'), { ...place, clock, log }),
    BackgroundEvents.open({
      file: path.join(stateDirectory, 'lambda-events.json'),
      invoke: invokeFunction,
      clock,
      report,
      deadLetter: async ({ queueArn, roleArn }, event) => {
        const queue = sqs.queue(queueArn);
        const denied = await deniedDeadLetterAction(authorize, roleArn, queue);
        if (denied === undefined) await sqs.send(queue, [deadLetterOf(event)]);
        return denied;
      },
    }),
  ]);
  const events = new EventBus({ ...place, clock, sqs, lambdaEvents, hasFunction, authorize, report });
  s3.onEvent(async (event) => {
    if (event.eventBridge) await events.publish(objectEvent(event, accountId));
  });
  const s3Service = new S3Service({ engine: s3, ...place, principals });
  const jsonServices = [
    secretsService(secrets, principals),
    ssmService(ssm, principals),
    cognitoService(cognito, principals),
    dynamoService(dynamodb, principals),
    kmsService(kms, principals),
    sqsService(sqs, principals),
    eventsService(events, principals),
  ];
  const restServices = [
    sesService({ ...place, principals, sendMail }),
    lambdaService({ ...place, principals, events: lambdaEvents, invoke: invokeFunction, hasFunction }),
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
    const service = restServices.find(({ name }) => name === scope);
    if (service) return service;
    throw notImplemented(`the service ${scope}`);
  }

  async function answer(call: Call): Promise<Reply> {
    const { request } = call;
    const published = wellKnown(cognito, request);
    if (published) return published;
    if (request.method === 'OPTIONS' && readNames(request).bucket === '') return jsonPreflight(request);
    const service = serviceOf(request);
    call.authorize = (action, resource, conditions = {}) =>
      requireAllowed(authorize, {
        principal: call.principal,
        session: call.credentials && sessionOf(call.credentials),
        service: service.name,
        action,
        resource,
        conditions: { ...callConditions(call), ...conditions },
      });
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
  url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    s3,
    secrets,
    ssm,
    cognito,
    dynamodb,
    kms,
    sqs,
    events,
    lambdaEvents,
    async verifyToken(user, password, kind, host, resources) {
      const checked = verifyIamToken({ kind, token: password, user, host, principals, region, now: clock() });
      if ('refused' in checked) {
        log(`aws ${kind} connect as ${user} refused: ${checked.refused}`);
        return false;
      }
      const { principal } = checked;
      const [service, action] =
        kind === 'rds' ? ['rds-db', 'rds-db:connect'] : ['elasticache', 'elasticache:Connect'];
      for (const resource of resources) {
        const decision = await authorize({
          principal: principal.roleArn,
          session: sessionOf(principal),
          service,
          action,
          resource,
          conditions: {},
        });
        if (decision.effect === 'deny') return false;
      }
      return resources.length > 0;
    },
    close: async () => {
      await lambdaEvents.close();
      sqs.close();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
      await dynamodb.close();
    },
  };
}

/** What every call says of itself. */
function callConditions({ request, incoming }: Call): Conditions {
  const [agent, referer] = [request.headers.get('user-agent'), request.headers.get('referer')];
  return {
    'aws:SourceIp': incoming.socket.remoteAddress ?? '127.0.0.1',
    ...(agent !== undefined && { 'aws:UserAgent': agent }),
    ...(referer !== undefined && { 'aws:Referer': referer }),
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
