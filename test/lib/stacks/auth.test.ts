import { resourcesOf, stackNames, templateOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const withPool = allVariants().filter(({ blueprint }) => blueprint.identity === 'cognito');
const only = (variant: string, type: string) => {
  const found = resourcesOf(templateOf(variant, 'auth'), type);
  expect(found).toHaveLength(1);
  return found[0]?.[1] as NonNullable<(typeof found)[0]>[1];
};

describe.each(withPool)('the user pool of $name', ({ name, environment: { auth, removal } }) => {
  const pool = () => only(name, 'AWS::Cognito::UserPool');
  const client = () => only(name, 'AWS::Cognito::UserPoolClient').Properties;

  test('signs in by a verified e-mail address, whatever its case', () => {
    expect(pool().Properties).toMatchObject({
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    });
  });

  test('asks for long, mixed passwords', () => {
    expect(pool().Properties.Policies.PasswordPolicy).toMatchObject({
      MinimumLength: 12,
      RequireLowercase: true,
      RequireUppercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
    });
  });

  test('is protected, planned and kept as configured', () => {
    expect(pool().Properties).toMatchObject({
      DeletionProtection: auth.deletionProtection ? 'ACTIVE' : 'INACTIVE',
      UserPoolTier: auth.featurePlan,
      MfaConfiguration: { off: 'OFF', optional: 'OPTIONAL', required: 'ON' }[auth.mfa],
    });
    expect(pool().Properties.UserPoolAddOns?.AdvancedSecurityMode).toBe(
      auth.featurePlan === 'PLUS' ? 'ENFORCED' : undefined,
    );
    expect(pool().DeletionPolicy).toBe(removal === 'destroy' ? 'Delete' : 'Retain');
  });

  test('takes no second factor by SMS', () => {
    expect(pool().Properties.EnabledMfas ?? []).not.toContain('SMS_MFA');
  });

  test('has a client without a secret that knows the code flow only, and only our own URLs', () => {
    expect(client()).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      CallbackURLs: auth.callbackUrls,
      LogoutURLs: auth.logoutUrls,
      SupportedIdentityProviders: ['COGNITO'],
    });
    expect(JSON.stringify(client().CallbackURLs)).not.toContain('https://example.com');
  });

  test('does not tell strangers who has an account, and forgets tokens that are revoked', () => {
    expect(client()).toMatchObject({ PreventUserExistenceErrors: 'ENABLED', EnableTokenRevocation: true });
  });

  test('offers SRP, and passwords in the clear only where the configuration asks for it', () => {
    const flows = ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
    expect([...client().ExplicitAuthFlows].sort()).toEqual(
      [...flows, ...(auth.passwordSignIn ? ['ALLOW_USER_PASSWORD_AUTH'] : [])].sort(),
    );
  });

  test('issues tokens of an hour', () => {
    expect(client()).toMatchObject({ IdTokenValidity: 60, AccessTokenValidity: 60 });
  });

  test('has a hosted domain exactly when one is configured', () => {
    const domains = resourcesOf(templateOf(name, 'auth'), 'AWS::Cognito::UserPoolDomain');
    expect(domains.map(([, { Properties }]) => Properties.Domain)).toEqual(
      auth.domainPrefix ? [auth.domainPrefix] : [],
    );
  });
});

test('the pools above are with and without a hosted domain', () => {
  const domains = new Set(withPool.map(({ environment: { auth } }) => auth.domainPrefix !== undefined));
  expect(domains).toEqual(new Set([true, false]));
});

test('passwords in the clear are for the laptop alone', () => {
  const allowed = allVariants().filter(({ environment }) => environment.auth.passwordSignIn);
  expect(allowed.map(({ environment }) => environment.name)).toEqual(allowed.map(() => 'local'));
});

test('with another identity provider there is no pool at all', () => {
  for (const { name, blueprint } of allVariants()) {
    if (blueprint.identity !== 'oidc') continue;
    expect(stackNames(name).filter((stack) => stack.endsWith('-auth'))).toEqual([]);
    expect(JSON.stringify(templatesOf(name))).not.toContain('AWS::Cognito');
  }
});
