import { loadConfig } from '../../../lib/config/load';
import { contractsOf } from '../../../lib/contracts';
import { resourcesOf, templateOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const actionOf = {
  read: 's3:GetObject',
  write: 's3:PutObject',
  delete: 's3:DeleteObject',
  abort: 's3:AbortMultipartUpload',
} as const;

/** Statements of the policy of a domain's function. */
function statementsOf(variant: string, domain: string) {
  const [policy] = resourcesOf(templateOf(variant, 'api'), 'AWS::IAM::Policy').filter(([id]) =>
    id.startsWith(`${domain.replaceAll('-', '')}FunctionRole`),
  );
  return policy?.[1].Properties.PolicyDocument.Statement as {
    Action: string | string[];
    Resource: unknown;
  }[];
}

/** `s3:GetObject users/*` for every object grant in the policy of a domain's function. */
function granted(variant: string, domain: string): string[] {
  return statementsOf(variant, domain)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource }))),
    )
    .filter(({ action }) => action.startsWith('s3:'))
    .map(({ action, resource }) => {
      const pattern = (resource as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].at(-1) as string;
      return `${action} ${pattern.replace(/^\//, '')}`;
    })
    .sort();
}

const declared = (domain: string): string[] => {
  const contract = contractsOf(loadConfig('prod', 'platform')).find(
    (candidate) => candidate.domain === domain,
  );
  const uses = contract?.routes.flatMap((route) => route.uses) ?? [];
  const grants = uses.flatMap((use) =>
    'bucket' in use ? use.can.map((can) => `${actionOf[can]} ${use.under}`) : [],
  );
  return [...new Set(grants)].sort();
};

test.each(allVariants())(
  'functions of $name may touch exactly the objects their routes declare',
  ({ name }) => {
    expect(granted(name, 'documents')).toEqual(declared('documents'));
    expect(declared('documents').length).toBeGreaterThan(3);
    expect(granted(name, 'account')).toEqual(declared('account'));
    expect(granted(name, 'health')).toEqual([]);
  },
);

test.each(allVariants())('functions of $name may call only what their routes declare', (variant) => {
  const { blueprint } = variant;
  const called = contractsOf(variant).map(({ domain }) => [
    domain,
    statementsOf(variant.name, domain)
      .flatMap(({ Action }) => Action)
      .filter((action) => /^(lambda|cognito-idp|dynamodb|ses):/.test(action))
      .sort(),
  ]);
  const pool = blueprint.identity === 'cognito' ? ['cognito-idp:AdminUserGlobalSignOut'] : [];
  expect(Object.fromEntries(called)).toEqual({
    health: [],
    account: [...pool, 'lambda:InvokeFunction'],
    documents: [],
    ...(variant.environment.auth.magicLink && blueprint.identity === 'cognito'
      ? { 'magic-link': ['dynamodb:UpdateItem'] }
      : {}),
  });
});

test('a function may start the one that writes exports, and no other', () => {
  const [statement] = statementsOf('prod-platform', 'account').filter(
    ({ Action }) => Action === 'lambda:InvokeFunction',
  );
  expect(JSON.stringify(statement?.Resource)).toMatch(
    /^\{"Fn::GetStackOutput":\{[^}]*AccountExportFunction[^}]*\}\}$/,
  );
});

test('only functions that declare the cache may connect to it', () => {
  const policies = resourcesOf(templateOf('prod-platform', 'api'), 'AWS::IAM::Policy');
  const connecting = policies.filter(([, { Properties }]) =>
    JSON.stringify(Properties.PolicyDocument).includes('elasticache:Connect'),
  );
  expect(connecting.map(([id]) => id.replace(/FunctionRole.*/, ''))).toEqual(['health']);
});
