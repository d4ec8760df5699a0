/** Policies of resources, as the templates attach them: who may use a bucket, a queue, a key, a function. */
import type { Policy, Statement } from '../../lib/iam/policy';
import { statementsIn } from '../../lib/iam/policy';

export class ResourcePolicies {
  readonly #policies = new Map<string, Policy[]>();

  /** @param arn of the resource itself: the bucket and not its objects, the function and not an alias unless the policy is the alias's */
  add(arn: string, policy: Policy): void {
    this.#policies.set(arn, [...this.of(arn), policy]);
  }

  /** @returns none when the resource has no policy */
  of(arn: string): readonly Policy[] {
    return this.#policies.get(arn) ?? [];
  }

  *all(): Generator<[arn: string, policy: Policy]> {
    for (const [arn, policies] of this.#policies) for (const policy of policies) yield [arn, policy];
  }

  /** Every statement, for checks that concern all of them. */
  *statements(): Generator<[arn: string, policy: Policy, statement: Statement]> {
    for (const [arn, policy] of this.all())
      for (const statement of statementsIn(policy.document)) yield [arn, policy, statement];
  }
}
