/** User pools and their clients. */
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
        'AuthSessionValidity',
        'EnableTokenRevocation',
        'ExplicitAuthFlows',
        'GenerateSecret',
        'IdTokenValidity',
        'PreventUserExistenceErrors',
        'ReadAttributes',
        'RefreshTokenValidity',
        'TokenValidityUnits',
        'UserPoolId',
        'WriteAttributes',
      ],
      {
        AllowedOAuthFlows: 'The hosted sign-in pages are not part of the local user pool.',
        AllowedOAuthFlowsUserPoolClient: 'The hosted sign-in pages are not part of the local user pool.',
        AllowedOAuthScopes: 'The hosted sign-in pages are not part of the local user pool.',
        ClientName: 'Names the client in AWS consoles.',
        CallbackURLs: 'The hosted sign-in pages are not part of the local user pool.',
        DefaultRedirectURI: 'The hosted sign-in pages are not part of the local user pool.',
        LogoutURLs: 'The hosted sign-in pages are not part of the local user pool.',
        SupportedIdentityProviders: 'The local pool knows its own users only.',
      },
    ),
    unsupported: ({ SupportedIdentityProviders }) =>
      ((SupportedIdentityProviders as unknown[] | undefined) ?? [])
        .filter((provider) => provider !== 'COGNITO')
        .map((provider) => `identity provider ${JSON.stringify(provider)} is not supported, only COGNITO.`),
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
};
