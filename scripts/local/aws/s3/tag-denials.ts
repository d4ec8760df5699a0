/**
 * The part of bucket policies that reads are held to here: denials that depend on the tags of an object. They are how a
 * file waits for its malware scan, which every application of these buckets has to cope with.
 */

import { fits } from '../../../../lib/iam/wildcards';
import { AwsError } from '../errors';
import type { Bucket } from './engine';
import { arnOf } from './names';
import type { ObjectVersion } from './version-store';

const tagKey = 's3:ExistingObjectTag/';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * @param principal ARN of the role that reads; undefined for a service
 * @throws AwsError AccessDenied
 */
export function refuseByTags(
  bucket: Pick<Bucket, 'name' | 'policy'>,
  version: ObjectVersion,
  action: 's3:GetObject' | 's3:GetObjectVersion',
  principal: string | undefined,
): void {
  const { Statement = [] } = (bucket.policy ?? {}) as { Statement?: Statement | Statement[] };
  const refused = [Statement]
    .flat()
    .some(
      ({ Effect, Action = [], Resource = [], Condition = {} }) =>
        Effect === 'Deny' &&
        dependsOnTags(Condition) &&
        [Action].flat().some((pattern) => fits(pattern, action)) &&
        [Resource].flat().some((pattern) => fits(pattern, arnOf(bucket.name, version.key))) &&
        holds(Condition, version.tags ?? {}, principal),
    );
  if (refused) throw new AwsError('AccessDenied', 'Access Denied', 403);
}

const dependsOnTags = (condition: NonNullable<Statement['Condition']>): boolean =>
  Object.values(condition).some((keys) => Object.keys(keys).some((key) => key.startsWith(tagKey)));

function holds(
  condition: NonNullable<Statement['Condition']>,
  tags: Readonly<Record<string, string>>,
  principal: string | undefined,
): boolean {
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values: [values].flat() })),
  );
  return tests.every(({ operator, key, values }) => {
    const actual = key.startsWith(tagKey) ? tags[key.slice(tagKey.length)] : principal;
    const known = key.startsWith(tagKey) || key.toLowerCase() === 'aws:principalarn';
    const equal = actual !== undefined && values.some((value) => fits(value, actual));
    if (known && /^(String|Arn)(Equals|Like)$/.test(operator)) return equal;
    // What is absent equals nothing.
    if (known && /^(String|Arn)Not(Equals|Like)$/.test(operator)) return !equal;
    throw new AwsError(
      'NotImplemented',
      `The local runtime does not know the condition ${operator} ${key} of a bucket policy that depends on tags.`,
      501,
    );
  });
}
