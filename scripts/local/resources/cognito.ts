/** User pools, their clients and their domain. */
import { notRunPrefix } from '../deployment';
import { type Handlers, properties, textOf } from './handler';

export const cognitoHandlers: Handlers = {
  'AWS::Cognito::UserPool': {
    properties: properties(
      [
        'AdminCreateUserConfig',
        'AutoVerifiedAttributes',
        'MfaConfiguration',
        'Policies',
        'Schema',
        'UsernameAttributes',
        'UsernameConfiguration',
      ],
      {
        AccountRecoverySetting: 'The local pool knows e-mail addresses only, and recovers by them.',
        DeletionProtection: 'Only --fresh removes users, and it says so.',
        DeviceConfiguration: 'The local pool remembers no devices.',
        EmailConfiguration: 'The local pool sends no mail: codes are printed.',
        EmailVerificationMessage: 'The local pool sends no mail: codes are printed.',
        EnabledMfas: 'The local pool asks for no second factor; a pool that requires one is refused.',
        EmailVerificationSubject: 'The local pool sends no mail: codes are printed.',
        SmsVerificationMessage: 'The local pool sends no messages: codes are printed.',
        UserAttributeUpdateSettings:
          'The local pool keeps an address as long as the new one is not verified.',
        UserPoolAddOns: 'Threat protection learns from traffic on AWS.',
        UserPoolName: 'Names the pool in AWS consoles.',
        UserPoolTags: 'Tags serve cost allocation and AWS consoles.',
        UserPoolTier: 'The price of the pool.',
        VerificationMessageTemplate: 'The local pool sends no mail: codes are printed.',
      },
    ),
    unsupported: ({ MfaConfiguration }) =>
      MfaConfiguration === 'ON'
        ? ['MfaConfiguration ON is not supported: the local pool has no second factor.']
        : [],
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
        'EnableTokenRevocation',
        'ExplicitAuthFlows',
        'GenerateSecret',
        'IdTokenValidity',
        'LogoutURLs',
        'PreventUserExistenceErrors',
        'ReadAttributes',
        'RefreshTokenValidity',
        'SupportedIdentityProviders',
        'TokenValidityUnits',
        'UserPoolId',
        'WriteAttributes',
      ],
      {
        ClientName: 'Names the client in AWS consoles.',
        DefaultRedirectURI:
          'Stands in for redirect_uri in requests that lack it; the local pages insist on it.',
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
