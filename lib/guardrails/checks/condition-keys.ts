import type { Statement } from '../../iam/policy';
import { actionsMatching, conditionKeysOf, isGlobalConditionKey, split } from '../../iam/service-reference';
import { eachStatement } from './finding';

/**
 * A key that AWS does not fill in makes a condition that never holds, or with some operators always: an Allow that
 * allows nothing, or a Deny that forbids nothing. Case does not matter here: IAM compares names of keys without it.
 */
export const unknownConditionKeys = eachStatement(function* ({ kind, statement, actions }) {
  const keys = new Set(Object.values(statement.Condition ?? {}).flatMap((tests) => Object.keys(tests)));
  for (const key of keys) {
    if (isGlobalConditionKey(key) || (kind === 'trust' && isOfIssuer(key, statement))) continue;
    const without = actions.filter((action) => action !== '*' && !knows(action, key));
    if (without.length === 0) continue;
    yield [
      `${without.join(', ')} knows no condition key ${key}`,
      'Correct the spelling, or give the action a statement of its own.',
    ];
  }
});

/** A name with a variable part, as `s3:ExistingObjectTag/<key>` or `kms:EncryptionContext:${key}`, knows every value. */
function knows(action: string, key: string): boolean {
  const known = actionsMatching(action);
  const name = key.toLowerCase();
  const isIt = (candidate: string) => {
    const [fixed = ''] = candidate.split(/<|\$\{/);
    return fixed.length < candidate.length
      ? name.startsWith(fixed) && name.length > fixed.length
      : name === candidate;
  };
  // Words that are no action are for another rule.
  return known.length === 0 || known.some((one) => conditionKeysOf(split(action)[0], one).some(isIt));
}

/** Claims of a token, as `token.actions.githubusercontent.com:sub`, are keys where its issuer is trusted. */
function isOfIssuer(key: string, { Principal }: Statement): boolean {
  const federated = JSON.stringify((Principal as { Federated?: unknown } | undefined)?.Federated ?? '');
  const claim =
    /^(.+):(aud|sub|amr|azp|oaud|job_workflow_ref|repository|repository_id|repository_owner|repository_owner_id|environment|ref|enterprise|enterprise_id|actor|actor_id|workflow)$/i.exec(
      key,
    );
  return claim !== null && federated.includes(claim[1] as string);
}
