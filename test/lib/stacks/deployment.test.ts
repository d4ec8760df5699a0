import { decide } from '../../../lib/iam/evaluate';
import type { PolicyDocument } from '../../../lib/iam/policy';
import { resourcesOf, type Template, templateOf, templatesOf } from '../../support/assembly';
import { allVariants, type Variant } from '../../support/variants';
import { account, asPolicies, deniedIn, isAllowed, qualifierOf } from '../guardrails/deployment/deployed';

const withDeployment = allVariants().filter(({ environment }) => environment.github);
const cases = withDeployment.map((variant) => [variant.name, variant] as const);

/** What CloudFormation would make of it in our account. */
function resolved(template: Template): Template {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
    if (Ref === 'AWS::AccountId') return account;
    if (join) return join[1].map(walk).join(join[0]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(template) as Template;
}

const stackOf = ({ name }: Variant) => resolved(templateOf(name, 'deployment'));
const managed = (variant: Variant, which: RegExp): PolicyDocument[] =>
  resourcesOf(stackOf(variant), 'AWS::IAM::ManagedPolicy')
    .filter(([, { Properties }]) => which.test(Properties.ManagedPolicyName))
    .map(([, { Properties }]) => Properties.PolicyDocument);

test('some variants are deployed from GitHub, and only those have the stack', () => {
  expect(withDeployment.length).toBeGreaterThan(1);
  const stacks = allVariants().filter(({ name, environment }) =>
    Object.keys(templatesOf(name)).includes(`landfall-${environment.name}-deployment`),
  );
  expect(stacks.map(({ name }) => name)).toEqual(withDeployment.map(({ name }) => name));
});

describe.each(cases)('the stack of %s', (_, variant) => {
  const { environment } = variant;
  const github = environment.github as NonNullable<typeof environment.github>;
  const regions = environment.region === 'us-east-1' ? ['us-east-1'] : [environment.region, 'us-east-1'];

  test('has policies that suffice to deploy the others, each as short as IAM wants it', async () => {
    const documents = managed(variant, /-\d+$/);
    expect(documents.length).toBeGreaterThan(2);
    expect(documents.length).toBeLessThanOrEqual(10);
    expect(documents.map((document) => JSON.stringify(document).length).filter((n) => n > 6144)).toEqual([]);
    expect(await deniedIn(variant, asPolicies(documents))).toEqual([]);
  });

  test('has outputs for the administrator, who deploys it with their own credentials', () => {
    const template = templateOf(variant.name, 'deployment');
    expect(Object.keys(template.Outputs ?? {}).sort()).toEqual(['DeployRoleArn', 'ExecutionPolicyArns']);
    // The roles of the bootstrap cannot change what limits them.
    expect(JSON.stringify(template)).not.toContain('BootstrapVersion');
  });

  const trusts = (
    claims: { readonly aud?: string; readonly sub: string },
    provider = 'token.actions.githubusercontent.com',
  ) => {
    const roles = resourcesOf(stackOf(variant), 'AWS::IAM::Role');
    expect(roles).toHaveLength(1);
    const text = JSON.stringify(roles[0]?.[1].Properties.AssumeRolePolicyDocument);
    // A provider that the stack makes has this ARN.
    const arn = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
    const document = JSON.parse(
      text.replace(/\{"(Fn::GetAtt|Ref)":[^}]*\}/, JSON.stringify(arn)),
    ) as PolicyDocument;
    return (
      decide(
        {
          caller: { kind: 'federated', provider: `arn:aws:iam::${account}:oidc-provider/${provider}` },
          action: 'sts:AssumeRoleWithWebIdentity',
          resource: `arn:aws:iam::${account}:role/landfall-${environment.name}-deployment-github`,
          context: {
            'token.actions.githubusercontent.com:aud': claims.aud ?? 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': claims.sub,
          },
        },
        { resource: [{ id: 'trust', document }] },
      ).effect === 'allow'
    );
  };
  const sub = `repo:${github.repository}:environment:${github.environment}`;

  test('lets a job of the environment become the role', () => {
    expect(trusts({ sub })).toBe(true);
  });

  test.each([
    ['a pull request', `repo:${github.repository}:pull_request`],
    ['a branch, the main one included', `repo:${github.repository}:ref:refs/heads/main`],
    ['a tag', `repo:${github.repository}:ref:refs/tags/v1`],
    ['another environment', `repo:${github.repository}:environment:other`],
    ['an environment whose name begins the same', `${sub}-2`],
    ['another repository of the owner', sub.replace('application', 'other')],
    ['a repository of the same name', sub.replace('example/', 'somebody/')],
  ])('does not let %s become the role', (_what, claimed) => {
    expect(trusts({ sub: claimed })).toBe(false);
  });

  test('does not let a token for somebody else, or of another issuer, become the role', () => {
    expect(trusts({ sub, aud: 'https://github.com/example' })).toBe(false);
    expect(trusts({ sub }, 'gitlab.com')).toBe(false);
  });

  test('lets a job hand over to the roles of the bootstrap, and do nothing by itself', () => {
    const policies = asPolicies(managed(variant, /-github$/));
    const role = (purpose: string, region: string) =>
      `arn:aws:iam::${account}:role/cdk-${qualifierOf(environment)}-${purpose}-${account}-${region}`;
    const statements = policies.flatMap(({ document }) => document.Statement ?? []);
    expect(statements.map(({ Action }) => Action)).toEqual(['sts:AssumeRole', 'ssm:GetParameter']);
    for (const region of regions) {
      for (const purpose of ['deploy-role', 'file-publishing-role', 'lookup-role'])
        expect(statements[0]?.Resource).toContain(role(purpose, region));
      expect(statements[0]?.Resource).not.toContain(role('cfn-exec-role', region));
    }
    expect(JSON.stringify(statements)).not.toContain('*');
    expect(isAllowed(policies, 's3:GetObject', 'arn:aws:s3:::anything/at-all')).toBe(false);
  });
});

describe('the permissions boundary', () => {
  const roles = (variant: string) =>
    Object.entries(templatesOf(variant)).flatMap(([stack, template]) =>
      resourcesOf(template, 'AWS::IAM::Role').map(
        ([id, { Properties }]) => [`${stack}.${id}`, Properties.PermissionsBoundary] as const,
      ),
    );

  test('is on every role of an environment that has one, those of the CDK included', () => {
    const all = roles('bounded');
    expect(all.length).toBeGreaterThan(30);
    expect(all.map(([role]) => role.split('.')[1])).toContainEqual(
      expect.stringMatching(/^CustomVpcRestrictDefaultSGCustomResourceProviderRole/),
    );
    const boundary = 'arn:aws:iam::123456789012:policy/application-limits';
    expect(all.filter(([, found]) => found !== boundary)).toEqual([]);
  });

  test('is on no role of any other', () => {
    const others = allVariants().filter(({ environment }) => !environment.permissionsBoundaryArn);
    expect(others.flatMap(({ name }) => roles(name)).filter(([, found]) => found !== undefined)).toEqual([]);
  });
});
