import { callAws } from './aws-call';

/** For functions that Cognito waits for, 5 s each: a call that hangs is given up in time for one more. */
const withinTrigger = { attempts: 2, timeoutMs: 1_800 };

/**
 * Hands an event to another function without waiting for what it does; Lambda keeps the event and tries again.
 * @throws Error unless Lambda has taken the event
 */
export async function invokeLater(functionArn: string, event: object): Promise<void> {
  const { status, errorType } = await callAws(
    {
      service: 'lambda',
      path: `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
      headers: { 'Content-Type': 'application/json', 'X-Amz-Invocation-Type': 'Event' },
      body: event,
    },
    withinTrigger,
  );
  if (status !== 202)
    throw new Error(`expected Lambda to take the event with 202, found ${status} ${errorType}`.trim());
}
