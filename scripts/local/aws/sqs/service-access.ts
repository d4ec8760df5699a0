/** Queues as services use them: it takes the queue's key, too, where it has one of our own. */
import type { Authorizer } from '../authorization';
import { isAllowed, type ServiceCall } from '../service-calls';
import type { Queue } from './queue-directory';
import { grantsOn } from './queue-operations';

/** @returns the first action that the caller may not do; undefined when it may use the queue */
export async function deniedOnQueue(
  authorize: Authorizer,
  queue: Queue,
  action: 'SendMessage' | 'ReceiveMessage' | 'DeleteMessage' | 'GetQueueAttributes',
  { principal, conditions = {} }: Pick<ServiceCall, 'principal' | 'conditions'>,
): Promise<string | undefined> {
  for (const grant of grantsOn(queue, action)) {
    const call = { ...grant, principal, conditions: { ...conditions, ...grant.conditions } };
    if (!(await isAllowed(authorize, call))) return grant.action;
  }
  return undefined;
}
