import { awsManagedPolicy } from '../../../lib/iam/aws-managed-policies';
import { checkPolicy } from '../../../lib/iam/evaluate';
import { resourcesOf, templatesOf } from '../../support/assembly';
import { resolvedPolicies } from '../../support/resolved-policies';
import { allVariants } from '../../support/variants';

const names = allVariants().map(({ name }) => name);

test.each(names)('every policy of %s can be evaluated', (variant) => {
  const policies = [...resolvedPolicies(templatesOf(variant))];
  expect(policies.length).toBeGreaterThan(0);
  for (const { kind, policy } of policies) checkPolicy(policy, kind);
});

test.each(names)('the text of every AWS managed policy that %s attaches is known', (variant) => {
  for (const template of Object.values(templatesOf(variant))) {
    for (const [, role] of resourcesOf(template, 'AWS::IAM::Role')) {
      for (const arn of role.Properties?.ManagedPolicyArns ?? []) {
        const [, managed] = /:iam::aws:policy\/([\w/-]+)/.exec(JSON.stringify(arn)) ?? [];
        if (managed) checkPolicy(awsManagedPolicy(managed), 'identity');
      }
    }
  }
});
