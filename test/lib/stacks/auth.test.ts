import { type Resource, resourcesOf, stackNames, templateOf, templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

const withPool = allVariants().filter(({ blueprint }) => blueprint.identity === 'cognito');
const only = (variant: string, type: string): Resource => {
  const found = resourcesOf(templateOf(variant, 'auth'), type);
  expect(found).toHaveLength(1);
  return found[0]?.[1] as Resource;
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

  test('offers the configured first factors, and asks the device of a passkey who holds it', () => {
    const factors = { password: 'PASSWORD', 'email-otp': 'EMAIL_OTP', passkey: 'WEB_AUTHN' };
    expect(pool().Properties.Policies.SignInPolicy?.AllowedFirstAuthFactors).toEqual(
      auth.signIn.length > 1 ? auth.signIn.map((factor) => factors[factor]) : undefined,
    );
    const passkey = auth.signIn.includes('passkey');
    expect(pool().Properties.WebAuthnRelyingPartyID).toBe(passkey ? auth.passkeyDomain : undefined);
    expect(pool().Properties.WebAuthnUserVerification).toBe(passkey ? 'required' : undefined);
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

  test('sends its mails by whom the configuration says', () => {
    const { EmailConfiguration } = pool().Properties;
    if (auth.email.provider === 'cognito') expect(EmailConfiguration).toBeUndefined();
    else {
      expect(EmailConfiguration).toMatchObject({ EmailSendingAccount: 'DEVELOPER', From: auth.email.from });
      expect(JSON.stringify(EmailConfiguration.SourceArn)).toMatch(/:ses:[^"]+.*:identity\/[a-z.]+"/);
    }
  });

  test('has the configured groups, and keeps who is in them as it keeps users', () => {
    const groups = resourcesOf(templateOf(name, 'auth'), 'AWS::Cognito::UserPoolGroup');
    expect(groups.map(([, { Properties }]) => Properties.GroupName)).toEqual(auth.groups);
    for (const [, group] of groups) expect(group.DeletionPolicy).toBe(pool().DeletionPolicy);
  });

  test('remembers who somebody was elsewhere, in attributes that are written once and by no client', () => {
    const { Schema } = pool().Properties;
    for (const Name of ['legacy_issuer', 'legacy_subject']) {
      expect(Schema).toContainEqual({ AttributeDataType: 'String', Mutable: false, Name });
    }
    expect([...client().WriteAttributes].sort()).toEqual(['email', 'name']);
  });

  test('has a client without a secret that knows the code flow only, and only our own URLs', () => {
    expect(client()).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      CallbackURLs: auth.callbackUrls,
      LogoutURLs: auth.logoutUrls,
    });
    expect(client().SupportedIdentityProviders).toHaveLength(1 + auth.identityProviders.length);
    expect(client().SupportedIdentityProviders).toContain('COGNITO');
    expect(JSON.stringify(client().CallbackURLs)).not.toContain('https://example.com');
  });

  test('does not tell strangers who has an account, and forgets tokens that are revoked', () => {
    expect(client()).toMatchObject({ PreventUserExistenceErrors: 'ENABLED', EnableTokenRevocation: true });
  });

  test('offers SRP, other flows only for the factors that need them, and passwords in the clear where asked', () => {
    const flows = [
      'ALLOW_USER_SRP_AUTH',
      ...(auth.signIn.length > 1 ? ['ALLOW_USER_AUTH'] : []),
      ...(auth.magicLink ? ['ALLOW_CUSTOM_AUTH'] : []),
      ...(auth.passwordSignIn || auth.userMigration ? ['ALLOW_USER_PASSWORD_AUTH'] : []),
      // Cognito refuses this one beside rotation.
      ...(auth.tokens.rotateRefresh ? [] : ['ALLOW_REFRESH_TOKEN_AUTH']),
    ];
    expect([...client().ExplicitAuthFlows].sort()).toEqual(flows.sort());
  });

  test('replaces a refresh token whenever it is used, with a minute for two tabs at once', () => {
    expect(client().RefreshTokenRotation).toEqual(
      auth.tokens.rotateRefresh ? { Feature: 'ENABLED', RetryGracePeriodSeconds: 60 } : undefined,
    );
  });

  test('issues tokens of the configured lifetimes', () => {
    expect(client()).toMatchObject({
      AccessTokenValidity: auth.tokens.accessMinutes,
      IdTokenValidity: auth.tokens.idMinutes,
      RefreshTokenValidity: auth.tokens.refreshDays * 24 * 60,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
    });
  });

  test('keeps a sign-in open as long as the link that can finish it works', () => {
    expect(client().AuthSessionValidity).toBeGreaterThanOrEqual(Math.max(3, auth.magicLink?.minutes ?? 0));
    expect(client().AuthSessionValidity).toBeLessThanOrEqual(15);
  });

  test('has an address exactly when one is configured', () => {
    const { domain } = auth;
    const domains = resourcesOf(templateOf(name, 'auth'), 'AWS::Cognito::UserPoolDomain');
    const host = domain && ('name' in domain ? domain.name : domain.prefix);
    expect(domains.map(([, { Properties }]) => Properties.Domain)).toEqual(host ? [host] : []);
    const outputs = Object.keys(templateOf(name, 'auth').Outputs ?? {});
    expect(outputs.includes('UserPoolDomain')).toBe(domain !== undefined);
    expect(outputs.includes('UserPoolDomainTarget')).toBe(domain !== undefined && 'name' in domain);
  });

  test('stands behind a firewall exactly when configured, with rules that know nothing of bodies', () => {
    const acls = resourcesOf(templateOf(name, 'auth'), 'AWS::WAFv2::WebACL');
    expect(acls).toHaveLength(auth.waf ? 1 : 0);
    for (const [, { Properties }] of acls) {
      expect(Properties.Rules.map((rule: { Name: string }) => rule.Name)).toEqual([
        'rate-per-address',
        'AWSManagedRulesAmazonIpReputationList',
        'AWSManagedRulesKnownBadInputsRuleSet',
      ]);
      expect(only(name, 'AWS::WAFv2::WebACLAssociation').Properties.ResourceArn).toEqual({
        'Fn::GetAtt': [resourcesOf(templateOf(name, 'auth'), 'AWS::Cognito::UserPool')[0]?.[0], 'Arn'],
      });
    }
  });
});

test('the pools above are with and without an address, and with every kind of mail and plan', () => {
  const seen = (of: (auth: (typeof withPool)[number]['environment']['auth']) => string) =>
    new Set(withPool.map(({ environment: { auth } }) => of(auth)));
  expect(seen(({ domain }) => Object.keys(domain ?? {}).join())).toEqual(
    new Set(['', 'prefix', 'name,certificateArn']),
  );
  expect(seen(({ email }) => email.provider)).toEqual(new Set(['cognito', 'ses']));
  expect(seen(({ featurePlan }) => featurePlan)).toEqual(new Set(['LITE', 'ESSENTIALS', 'PLUS']));
});

test('a sender with a name is written as one, and answers go where they should', () => {
  expect(only('identity-full', 'AWS::Cognito::UserPool').Properties.EmailConfiguration).toMatchObject({
    From: 'Example <no-reply@example.com>',
    ReplyToEmailAddress: 'help@example.com',
    ConfigurationSet: 'sign-in',
    SourceArn: {
      'Fn::Join': ['', ['arn:aws:ses:eu-west-1:', { Ref: 'AWS::AccountId' }, ':identity/example.com']],
    },
  });
});

test('other identity providers keep their secrets in Secrets Manager, and tell us who signed in', () => {
  const providers = resourcesOf(
    templateOf('identity-full', 'auth'),
    'AWS::Cognito::UserPoolIdentityProvider',
  ).map(([, { Properties }]) => Properties);
  expect(providers.map(({ ProviderType, ProviderName }) => `${ProviderType} ${ProviderName}`)).toEqual([
    'Google Google',
    'OIDC Clerk',
    'SAML Partner',
  ]);
  expect(providers.map(({ ProviderDetails }) => ProviderDetails.client_secret)).toEqual([
    '{{resolve:secretsmanager:landfall/google:SecretString:clientSecret::}}',
    '{{resolve:secretsmanager:landfall/clerk:SecretString:clientSecret::}}',
    undefined,
  ]);
  for (const { AttributeMapping } of providers) {
    expect(Object.keys(AttributeMapping)).toEqual(expect.arrayContaining(['email', 'name']));
    // A provider that could set them would choose whose data its users see.
    expect(Object.keys(AttributeMapping).filter((key) => key.startsWith('custom:'))).toEqual([]);
  }
});

test('passwords in the clear are for the laptop, and for users who move', () => {
  const allowed = withPool.filter(({ name }) =>
    only(name, 'AWS::Cognito::UserPoolClient').Properties.ExplicitAuthFlows.includes(
      'ALLOW_USER_PASSWORD_AUTH',
    ),
  );
  expect(allowed.map(({ name }) => name)).toEqual([
    'local-platform',
    'local-resumes',
    'local-friends',
    'local-chatbots',
    'identity-full',
    'local-migrating',
  ]);
});

test('with another identity provider there is no pool at all', () => {
  for (const { name, blueprint } of allVariants()) {
    if (blueprint.identity !== 'oidc') continue;
    expect(stackNames(name).filter((stack) => stack.endsWith('-auth'))).toEqual([]);
    expect(JSON.stringify(templatesOf(name))).not.toMatch(/AWS::Cognito|cognito-idp|AWS::DynamoDB/);
  }
});
