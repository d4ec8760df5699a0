import { loadConfig } from '../../../lib/config/load';
import { contractsOf } from '../../../lib/contracts';
import { resourcesOf, templateOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const actionOf = { read: 's3:GetObject', write: 's3:PutObject', delete: 's3:DeleteObject' } as const;

/** `s3:GetObject users/*` for every object grant in the policy of a domain's function. */
function granted(variant: string, domain: string): string[] {
  const [policy] = resourcesOf(templateOf(variant, 'api'), 'AWS::IAM::Policy').filter(([id]) =>
    id.startsWith(`${domain}FunctionRole`),
  );
  const statements = policy?.[1].Properties.PolicyDocument.Statement as {
    Action: string | string[];
    Resource: unknown;
  }[];
  return statements
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
    expect(granted(name, 'health')).toEqual([]);
  },
);

test('only functions that declare the cache may connect to it', () => {
  const policies = resourcesOf(templateOf('prod-platform', 'api'), 'AWS::IAM::Policy');
  const connecting = policies.filter(([, { Properties }]) =>
    JSON.stringify(Properties.PolicyDocument).includes('elasticache:Connect'),
  );
  expect(connecting.map(([id]) => id.replace(/FunctionRole.*/, ''))).toEqual(['health']);
});
