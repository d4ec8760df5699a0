import { assumingWithoutSource } from '../../../lib/guardrails/checks/principals';
import { statementsOf } from '../../../lib/iam/policy';
import { type Resource, resourcesOf, templateOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

/** Conditions by which a service says for which account, or for which resource of it, it acts. */
const source = /"(aws:SourceAccount|aws:SourceArn|kms:EncryptionContext:[^"]+)":/i;

/** `<kind>: <service>` of every service principal that a policy trusts whatever it acts for. */
function unconditional(resource: Resource): string[] {
  const found = [...statementsOf(resource)]
    .filter(
      ([, { Effect, Condition }]) => Effect === 'Allow' && !source.test(JSON.stringify(Condition ?? {})),
    )
    .flatMap(([kind, { Principal }]) =>
      [(Principal as { Service?: string | string[] } | undefined)?.Service ?? []]
        .flat()
        .map((service) => `${kind}: ${service}`),
    );
  const { Principal, SourceAccount, SourceArn } = resource.Properties ?? {};
  if (resource.Type === 'AWS::Lambda::Permission' && !SourceAccount && !SourceArn)
    found.push(`function: ${Principal}`);
  return found;
}

test('no policy trusts a service whatever it acts for, except roles of services that do not say it', () => {
  const found = new Set(
    allVariants().flatMap(({ name }) =>
      Object.values(templatesOf(name)).flatMap(({ Resources }) =>
        Object.values(Resources).flatMap(unconditional),
      ),
    ),
  );
  // The table has a page for each; an entry that nothing needs any more fails, too.
  expect([...found].sort()).toEqual(
    [...assumingWithoutSource].map((service) => `trust: ${service}.amazonaws.com`).sort(),
  );
});

test('enhanced monitoring may become its role for this account', () => {
  const roles = resourcesOf(templateOf('prod-platform', 'database'), 'AWS::IAM::Role')
    .map(([, { Properties }]) => Properties.AssumeRolePolicyDocument.Statement[0])
    .filter(({ Principal }) => Principal.Service === 'monitoring.rds.amazonaws.com');
  expect(roles.map(({ Condition }) => Condition)).toEqual([
    { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  ]);
});

test('API Gateway calls functions for one stage of one API of the account', () => {
  const permissions = resourcesOf(templateOf('prod-platform', 'api'), 'AWS::Lambda::Permission').filter(
    ([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com',
  );
  expect(permissions.length).toBeGreaterThan(3);
  for (const [, { Properties }] of permissions) {
    // It sends no account of its own, which is why the ARN has to name one.
    expect(Properties.SourceAccount).toBeUndefined();
    expect(JSON.stringify(Properties.SourceArn)).toMatch(
      /execute-api:us-east-1:",\{"Ref":"AWS::AccountId"\},":"/,
    );
  }
});
