/** User pools and their clients. */
import { createHash } from 'node:crypto';
import { localAccountId } from '../intrinsics';
import { type Handlers, properties, textOf } from './handler';

/** Letters and digits that look like the ids Cognito makes, derived from a name. */
function idFrom(name: string, length: number): string {
  const digits = BigInt(`0x${createHash('sha512').update(name).digest('hex')}`).toString(36);
  return digits.slice(1, length + 1);
}

export const cognitoHandlers: Handlers = {
  'AWS::Cognito::UserPool': {
    properties: properties(
      [
        'AccountRecoverySetting',
        'AdminCreateUserConfig',
        'AliasAttributes',
        'AutoVerifiedAttributes',
        'EnabledMfas',
        'MfaConfiguration',
        'Policies',
        'Schema',
        'UserAttributeUpdateSettings',
        'UserPoolName',
        'UsernameAttributes',
        'UsernameConfiguration',
      ],
      {
        DeletionProtection: 'Only --fresh removes users, and it says so.',
        DeviceConfiguration: 'The local pool remembers no devices.',
        EmailConfiguration: 'The local pool sends no mail: codes are printed.',
        EmailVerificationMessage: 'The local pool sends no mail: codes are printed.',
        EmailVerificationSubject: 'The local pool sends no mail: codes are printed.',
        SmsVerificationMessage: 'The local pool sends no messages: codes are printed.',
        UserPoolAddOns: 'Threat protection learns from traffic on AWS.',
        UserPoolTags: 'Tags serve cost allocation and AWS consoles.',
        UserPoolTier: 'The price of the pool.',
        VerificationMessageTemplate: 'The local pool sends no mail: codes are printed.',
      },
    ),
    create: async (resource, system) => {
      const id = `${resource.region}_${idFrom(resource.generatedName, 9)}`;
      await system.aws.cognito.createUserPool({ id, properties: resource.properties });
      const arn = `arn:aws:cognito-idp:${resource.region}:${localAccountId}:userpool/${id}`;
      system.declared.userPools.push({ id, arn });
      const provider = `cognito-idp.${resource.region}.amazonaws.com/${id}`;
      return {
        ref: id,
        attributes: { Arn: arn, UserPoolId: id, ProviderName: provider, ProviderURL: `https://${provider}` },
      };
    },
  },
  'AWS::Cognito::UserPoolClient': {
    properties: properties(
      [
        'AccessTokenValidity',
        'AuthSessionValidity',
        'ClientName',
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
      const clientId = idFrom(resource.generatedName, 26);
      const userPoolId = textOf(resource, 'UserPoolId');
      await system.aws.cognito.createClient({ id: clientId, userPoolId, properties: resource.properties });
      system.declared.userPoolClients.push({ userPoolId, clientId });
      return { ref: clientId, attributes: { ClientId: clientId, Name: resource.generatedName } };
    },
  },
};
