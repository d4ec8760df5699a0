/** User pools, their clients, groups and domain. */
import { contradictionsOf, TRIGGERS } from '../aws/cognito/settings';
import { notRunPrefix } from '../deployment';
import { type Handlers, numberOf, properties, textOf } from './handler';

const printed = 'The local pool sends no mail: codes are printed.';
const noPasskeys =
  'The local pool has no passkeys: it offers the other factors, and names a passkey that is asked for.';

export const cognitoHandlers: Handlers = {
  'AWS::Cognito::UserPool': {
    properties: properties(
      [
        'AdminCreateUserConfig',
        'AutoVerifiedAttributes',
        'DeletionProtection',
        'EnabledMfas',
        'LambdaConfig',
        'MfaConfiguration',
        'Policies',
        'Schema',
        'UserAttributeUpdateSettings',
        'UserPoolName',
        'UserPoolTier',
        'UsernameAttributes',
        'UsernameConfiguration',
      ],
      {
        AccountRecoverySetting: 'The local pool knows e-mail addresses only, and recovers by them.',
        DeviceConfiguration: 'The local pool remembers no devices.',
        EmailConfiguration: printed,
        EmailVerificationMessage: printed,
        EmailVerificationSubject: printed,
        SmsVerificationMessage: 'The local pool sends no messages: codes are printed.',
        UserPoolAddOns: 'Threat protection learns from traffic on AWS.',
        UserPoolTags: 'Tags serve cost allocation and AWS consoles.',
        VerificationMessageTemplate: printed,
        WebAuthnFactorConfiguration: noPasskeys,
        WebAuthnRelyingPartyID: noPasskeys,
        WebAuthnUserVerification: noPasskeys,
      },
    ),
    unsupported: ({ LambdaConfig, ...declared }) => [
      ...contradictionsOf(declared),
      ...Object.keys((LambdaConfig as object | undefined) ?? {})
        .filter((name) => ![...TRIGGERS, 'PreTokenGenerationConfig'].includes(name))
        .map((name) => `LambdaConfig ${name} is not supported.`),
    ],
    create: async (resource, system) => {
      const { id, arn, providerName, providerUrl } = await system.aws.cognito.createUserPool({
        key: resource.generatedName,
        properties: resource.properties,
      });
      system.declared.userPools.push({ id, arn });
      return {
        ref: id,
        attributes: { Arn: arn, UserPoolId: id, ProviderName: providerName, ProviderURL: providerUrl },
      };
    },
  },
  'AWS::Cognito::UserPoolClient': {
    properties: properties(
      [
        'AccessTokenValidity',
        'AllowedOAuthFlows',
        'AllowedOAuthFlowsUserPoolClient',
        'AllowedOAuthScopes',
        'AuthSessionValidity',
        'CallbackURLs',
        'ClientName',
        'EnableTokenRevocation',
        'ExplicitAuthFlows',
        'GenerateSecret',
        'IdTokenValidity',
        'LogoutURLs',
        'PreventUserExistenceErrors',
        'ReadAttributes',
        'RefreshTokenRotation',
        'RefreshTokenValidity',
        'SupportedIdentityProviders',
        'TokenValidityUnits',
        'UserPoolId',
        'WriteAttributes',
      ],
      {
        DefaultRedirectURI:
          'Stands in for redirect_uri in requests that lack it; the local pages insist on it.',
        EnablePropagateAdditionalUserContextData: 'Threat protection learns from traffic on AWS.',
      },
    ),
    unsupported: ({ AllowedOAuthFlows }) =>
      ((AllowedOAuthFlows as unknown[] | undefined) ?? [])
        .filter((flow) => flow !== 'code')
        .map((flow) => `the OAuth flow ${JSON.stringify(flow)} is not supported, only code.`),
    create: async (resource, system) => {
      const userPoolId = textOf(resource, 'UserPoolId');
      const { id, secret } = await system.aws.cognito.createClient({
        key: resource.generatedName,
        poolId: userPoolId,
        properties: resource.properties,
      });
      system.declared.userPoolClients.push({ userPoolId, clientId: id });
      return { ref: id, attributes: { ClientId: id, ...(secret && { ClientSecret: secret }) } };
    },
  },
  'AWS::Cognito::UserPoolGroup': {
    properties: properties(['Description', 'GroupName', 'Precedence', 'RoleArn', 'UserPoolId']),
    create: async (resource, system) => {
      const name = (resource.properties.GroupName as string | undefined) ?? resource.generatedName;
      await system.aws.cognito.createGroup(textOf(resource, 'UserPoolId'), {
        name,
        description: resource.properties.Description as string | undefined,
        precedence:
          resource.properties.Precedence === undefined ? undefined : numberOf(resource, 'Precedence', 0),
        roleArn: resource.properties.RoleArn as string | undefined,
      });
      return { ref: name };
    },
  },
  'AWS::Cognito::UserPoolDomain': {
    properties: properties(['CustomDomainConfig', 'Domain', 'UserPoolId'], {
      ManagedLoginVersion: 'Chooses the design of the pages on AWS; the local pages have their own.',
    }),
    create: (resource, { aws, declared, signInUrl }) => {
      const userPoolId = textOf(resource, 'UserPoolId');
      const domain = textOf(resource, 'Domain');
      const addressOnAws =
        resource.properties.CustomDomainConfig === undefined
          ? `https://${domain}.auth.${resource.region}.amazoncognito.com`
          : `https://${domain}`;
      aws.cognito.pool(userPoolId).domain = signInUrl;
      declared.userPoolDomains.push({ userPoolId, addressOnAws });
      return {
        ref: domain,
        attributes: { CloudFrontDistribution: `${notRunPrefix}${resource.type}.${resource.logicalId}` },
      };
    },
  },
};
