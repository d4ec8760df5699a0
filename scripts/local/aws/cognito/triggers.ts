/** Functions of the pool's LambdaConfig: the events they get, and what becomes of their answers, as on AWS. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { isAllowed, onBehalfOf } from '../service-calls';
import type { TriggerAnswer, User } from './records';
import type { TriggerName } from './settings';
import type { UserPool } from './user-pool';

/** What a client hands on to triggers. */
export type Metadata = Readonly<Record<string, string>> | undefined;

export interface TriggerCall<Response extends z.ZodType> {
  readonly trigger: TriggerName;
  /** `PreSignUp_SignUp` */
  readonly source: string;
  /** Undefined: an administrator's call, which comes from no client. */
  readonly clientId: string | undefined;
  readonly userName: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** The members of the response as they are before the function sets them. */
  readonly response: Readonly<Record<string, unknown>>;
  readonly answer: Response;
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 5000;

/** Attributes as events carry them. */
export const eventAttributes = (user: User): Record<string, string> => ({
  ...user.attributes,
  'cognito:user_status': user.status,
});

/** A member of an event's request; absent when the caller gave none. */
export const clientMetadata = (metadata: Metadata) => (metadata ? { clientMetadata: metadata } : {});

/**
 * Invokes the pool's function for an occasion.
 * @returns the response part of the answer; undefined when the pool has no such function
 * @throws AwsError UserLambdaValidationException when the function fails, UnexpectedLambdaException when it does not
 *   answer or Cognito may not invoke it, InvalidLambdaResponseException when its answer makes no sense
 */
export async function runTrigger<Response extends z.ZodType>(
  pool: UserPool,
  call: TriggerCall<Response>,
): Promise<z.infer<Response> | undefined> {
  const functionArn = pool.settings.triggers[call.trigger];
  if (functionArn === undefined) return undefined;
  const event = {
    version: '1',
    region: pool.context.region,
    userPoolId: pool.id,
    userName: call.userName,
    callerContext: {
      awsSdkVersion: 'aws-sdk-unknown-unknown',
      clientId: call.clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
    },
    triggerSource: call.source,
    request: call.request,
    response: call.response,
  };
  const answer = await invoke(pool, call.trigger, functionArn, event);
  if (!answer.ok)
    throw new AwsError(
      'UserLambdaValidationException',
      `${call.trigger} failed with error ${answer.error.errorMessage}.`,
    );
  const payload = z.object({ response: z.unknown() }).safeParse(answer.payload);
  const response = call.answer.safeParse(payload.data?.response);
  if (!response.success) throw new AwsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
  return response.data;
}

/** Cognito waits 5 s, invokes the function again, and gives up after the third time. */
async function invoke(
  pool: UserPool,
  trigger: TriggerName,
  functionArn: string,
  event: object,
): Promise<TriggerAnswer> {
  const { invokeTrigger, triggerTimeoutMs = TIMEOUT_MS } = pool.context;
  const unexpected = (why: string) =>
    new AwsError('UnexpectedLambdaException', `${trigger} failed with error ${why}.`);
  if (!invokeTrigger) throw unexpected('this endpoint was started without a way to invoke functions');
  if (!(await mayInvoke(pool, functionArn)))
    throw new AwsError(
      'UnexpectedLambdaException',
      `${trigger} invocation failed due to error AccessDeniedException.`,
    );
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const answer = await withinTime(invokeTrigger(functionArn, event), triggerTimeoutMs).catch(
      (error: Error) => {
        throw unexpected(error.message);
      },
    );
    if (answer) return answer;
  }
  throw unexpected('Socket timeout while invoking Lambda function');
}

/** https://repost.aws/knowledge-center/cognito-lambda-trigger-errors */
const mayInvoke = ({ arn, context }: UserPool, functionArn: string): Promise<boolean> =>
  isAllowed(context.authorize, {
    principal: 'cognito-idp.amazonaws.com',
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    conditions: onBehalfOf(arn, context.accountId),
  });

/** Undefined when time is up. What the promise becomes afterwards is nobody's business any more. */
async function withinTime<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
