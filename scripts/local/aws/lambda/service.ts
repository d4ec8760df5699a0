/** The Lambda API, as far as functions call each other: Invoke. */
import type { Principals } from '../authentication';
import type { Reply } from '../call';
import { AwsError, notImplemented } from '../errors';
import { RestJsonService, type RestRequest } from '../rest-json-service';
import type { BackgroundEvents, InvokeFunction } from './background-events';
import { functionNotFound, readFunctionName } from './function-name';

export interface LambdaOptions {
  readonly region: string;
  readonly accountId: string;
  readonly principals: Principals;
  readonly events: BackgroundEvents;
  readonly invoke: InvokeFunction;
  /** Whether there is a function; with or without a qualifier. */
  readonly hasFunction: (arn: string) => boolean;
}

/** Largest payloads in bytes, of synchronous and asynchronous events. */
const MAX_PAYLOAD = 6 * 1024 ** 2;
const MAX_EVENT = 1024 ** 2;

export function lambdaService(options: LambdaOptions): RestJsonService {
  const { region, accountId, principals, events, invoke, hasFunction } = options;

  async function run({ call, path, query, headers, body }: RestRequest): Promise<Reply> {
    const { arn, qualifier = '$LATEST' } = readFunctionName(path.name ?? '', query.get('Qualifier'), {
      region,
      accountId,
    });
    call.resource = arn;
    await call.authorize('lambda:InvokeFunction', arn);
    if (!hasFunction(arn)) throw functionNotFound(arn);
    const logType = headers.get('x-amz-log-type') ?? 'None';
    if (logType !== 'None') throw notImplemented(`the log type ${logType} of lambda Invoke`);
    const type = headers.get('x-amz-invocation-type') ?? 'RequestResponse';
    if (type === 'DryRun') return { status: 204 };
    const event = readPayload(body);
    if (type === 'Event') {
      if (body.length > MAX_EVENT)
        throw new AwsError(
          'RequestTooLargeException',
          `Request must be smaller than ${MAX_EVENT} bytes`,
          413,
        );
      await events.accept(arn, event, call.requestId);
      return { status: 202, body: '' };
    }
    if (type !== 'RequestResponse')
      throw new AwsError('InvalidParameterValueException', `There is no invocation type ${type}.`);
    const result = await invoke(arn, event, call.requestId);
    if (!result.ok && result.error.errorType === 'TooManyRequestsException')
      throw new AwsError('TooManyRequestsException', result.error.errorMessage, 429);
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        // There is one version on a laptop, and every alias leads to it.
        'x-amz-executed-version': qualifier === '$LATEST' ? qualifier : '1',
        // What Lambda says of every error of a Node.js function, thrown or not.
        ...(!result.ok && { 'x-amz-function-error': 'Unhandled' }),
      },
      body: JSON.stringify(result.ok ? result.payload : result.error),
    };
  }

  return new RestJsonService({
    name: 'lambda',
    tooLargeCode: 'RequestTooLargeException',
    principals,
    region,
    routes: [
      {
        operation: 'Invoke',
        method: 'POST',
        path: '/2015-03-31/functions/{name}/invocations',
        query: ['Qualifier'],
        headers: ['x-amz-invocation-type', 'x-amz-log-type'],
        limit: MAX_PAYLOAD,
        run,
      },
    ],
  });
}

/** A call without a payload is an event without members. */
function readPayload(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}
