/** What AWS services ask for themselves: the authorizer that decides about callers of the endpoint decides here, too. */
import type { Authorizer, Conditions } from './authorization';

export interface ServiceCall {
  /** The service, or the role that it has assumed; undefined for a service that does not say who it is. */
  readonly principal: string | undefined;
  /** For example `lambda:InvokeFunction`. */
  readonly action: string;
  readonly resource: string;
  readonly conditions?: Conditions;
}

export async function isAllowed(authorize: Authorizer, call: ServiceCall): Promise<boolean> {
  const { principal, action, resource, conditions = {} } = call;
  const [service = ''] = action.split(':');
  return (await authorize({ principal, service, action, resource, conditions })).effect === 'allow';
}

/**
 * By these a policy knows for which of an account's resources a service acts, so that nobody else's can use it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export const onBehalfOf = (sourceArn: string, sourceAccount: string) => ({
  'aws:SourceArn': sourceArn,
  'aws:SourceAccount': sourceAccount,
});

/** Whether the trust policy of a role lets a service become it. */
export const mayAssume = (
  authorize: Authorizer,
  service: string,
  roleArn: string,
  conditions: ServiceCall['conditions'] = {},
): Promise<boolean> =>
  isAllowed(authorize, { principal: service, action: 'sts:AssumeRole', resource: roleArn, conditions });

/** The first of the actions that is not allowed; undefined when all are. */
export async function firstDenied(
  authorize: Authorizer,
  actions: readonly string[],
  call: Omit<ServiceCall, 'action'>,
): Promise<string | undefined> {
  for (const action of actions) if (!(await isAllowed(authorize, { ...call, action }))) return action;
  return undefined;
}
