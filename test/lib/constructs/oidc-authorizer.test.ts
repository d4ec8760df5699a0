import { resourcesOf, templateOf } from '../../support/assembly';

const verifierOf = (variant: string) => {
  const template = templateOf(variant, 'api');
  const [verifier] = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => /Verifier/.test(id));
  const [, policy] = resourcesOf(template, 'AWS::IAM::Policy').find(([id]) => /Verifier/.test(id)) ?? [];
  return {
    variables: verifier?.[1].Properties.Environment.Variables,
    actions: policy?.Properties.PolicyDocument.Statement.flatMap(
      ({ Action }: { Action: string | string[] }) => Action,
    ),
  };
};

it('is told everything about the issuer that the configuration says', () => {
  const { variables, actions } = verifierOf('supabase-hybrid');
  expect(variables).toMatchObject({
    OIDC_ISSUER: 'https://project.supabase.co/auth/v1',
    OIDC_AUDIENCE: 'authenticated',
    OIDC_ALGORITHMS: 'ES256',
    OIDC_CLOCK_SKEW_SECONDS: '5',
    OIDC_JWKS_URI: 'https://project.supabase.co/auth/v1/.well-known/jwks.json',
    OIDC_SHARED_SECRET_ARN: expect.anything(),
  });
  expect(actions).toContain('secretsmanager:GetSecretValue');
});

it('reads no secret, and takes published keys only, unless it is told otherwise', () => {
  const { variables, actions } = verifierOf('prod-documents');
  expect(variables).toMatchObject({ OIDC_ALGORITHMS: 'RS256,ES256' });
  expect(Object.keys(variables)).not.toContain('OIDC_SHARED_SECRET_ARN');
  expect(actions.join()).not.toContain('secretsmanager');
});
