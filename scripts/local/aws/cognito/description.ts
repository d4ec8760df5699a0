/** DescribeUserPool and DescribeUserPoolClient. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import type { CognitoEngine } from './engine';
import { text } from './members';
import type { Client } from './records';
import type { Attribute } from './schema';
import type { UserPool } from './user-pool';

function describedAttribute({ name, type, mutable, required, minimum, maximum }: Attribute) {
  const bound = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return {
    Name: name,
    AttributeDataType: type,
    Mutable: mutable,
    Required: required,
    ...(type === 'String' && {
      StringAttributeConstraints: { MinLength: bound(minimum), MaxLength: bound(maximum) },
    }),
    ...(type === 'Number' && {
      NumberAttributeConstraints: { MinValue: bound(minimum), MaxValue: bound(maximum) },
    }),
  };
}

function describedPool({ id, arn, settings, users }: UserPool) {
  const { password } = settings;
  return {
    Id: id,
    Arn: arn,
    Name: settings.name,
    EstimatedNumberOfUsers: users.size,
    MfaConfiguration: settings.mfa,
    UserPoolTier: settings.tier,
    DeletionProtection: settings.deletionProtection,
    LambdaConfig: settings.triggers,
    SchemaAttributes: [...settings.schema.values()].map(describedAttribute),
    UsernameConfiguration: { CaseSensitive: settings.caseSensitive },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: !settings.selfSignUp },
    ...(settings.emailIsUsername && { UsernameAttributes: ['email'] }),
    ...(settings.verifiesEmail && { AutoVerifiedAttributes: ['email'] }),
    ...(settings.keepsOriginalEmail && {
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    }),
    Policies: {
      PasswordPolicy: {
        MinimumLength: password.minimumLength,
        RequireLowercase: password.lowercase,
        RequireUppercase: password.uppercase,
        RequireNumbers: password.numbers,
        RequireSymbols: password.symbols,
        TemporaryPasswordValidityDays: password.temporaryDays,
      },
      SignInPolicy: { AllowedFirstAuthFactors: settings.firstFactors },
    },
  };
}

function describedClient(pool: UserPool, { id, secret, settings }: Client) {
  const { validity, rotationGraceSeconds: grace, oauth } = settings;
  return {
    UserPoolId: pool.id,
    ClientId: id,
    ClientName: settings.name,
    ...(secret !== undefined && { ClientSecret: secret }),
    ExplicitAuthFlows: [...settings.flows],
    AccessTokenValidity: validity.access,
    IdTokenValidity: validity.id,
    RefreshTokenValidity: validity.refresh,
    TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'seconds', RefreshToken: 'seconds' },
    AuthSessionValidity: validity.session / 60,
    EnableTokenRevocation: settings.revocation,
    PreventUserExistenceErrors: settings.hidesUnknownUsers ? 'ENABLED' : 'LEGACY',
    RefreshTokenRotation:
      grace === undefined ? { Feature: 'DISABLED' } : { Feature: 'ENABLED', RetryGracePeriodSeconds: grace },
    ReadAttributes: settings.readable,
    WriteAttributes: settings.writable,
    AllowedOAuthFlowsUserPoolClient: oauth.codeFlow,
    ...(oauth.codeFlow && { AllowedOAuthFlows: ['code'] }),
    AllowedOAuthScopes: oauth.scopes,
    CallbackURLs: oauth.callbackUrls,
    LogoutURLs: oauth.logoutUrls,
    SupportedIdentityProviders: [...(oauth.ownUsers ? ['COGNITO'] : []), ...oauth.otherProviders],
  };
}

export function descriptionOperations(engine: CognitoEngine): Record<string, Operation> {
  return {
    DescribeUserPool: operation({
      input: z.object({ UserPoolId: text }),
      authorize: engine.grantOn('DescribeUserPool'),
      run: ({ UserPoolId }) => ({ UserPool: describedPool(engine.pool(UserPoolId)) }),
    }),
    DescribeUserPoolClient: operation({
      input: z.object({ UserPoolId: text, ClientId: text }),
      authorize: engine.grantOn('DescribeUserPoolClient'),
      run: ({ UserPoolId, ClientId }) => {
        const { pool, client } = engine.client(ClientId);
        if (pool.id !== UserPoolId)
          throw new AwsError('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`);
        return { UserPoolClient: describedClient(pool, client) };
      },
    }),
  };
}
