import { SecretValue } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { AuthConfig } from '../config/schema';

export interface IdentityProvidersProps {
  readonly userPool: cognito.IUserPool;
  readonly identityProviders: AuthConfig['identityProviders'];
}

type Provider = AuthConfig['identityProviders'][number];

const scopes = ['openid', 'email', 'profile'];
const other = cognito.ProviderAttribute.other;

/** Attributes by their name in the provider. A client may write each of them, or Cognito refuses the mapping. */
const openIdAttributes: cognito.AttributeMapping = {
  email: other('email'),
  emailVerified: other('email_verified'),
  fullname: other('name'),
};
const samlClaims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const samlAttributes: cognito.AttributeMapping = {
  email: other(`${samlClaims}/emailaddress`),
  fullname: other(`${samlClaims}/name`),
};

/** Services by whose accounts people sign in: Google, OpenID Connect issuers, SAML identity providers. */
export class IdentityProviders extends Construct {
  readonly all: readonly cognito.IUserPoolIdentityProvider[];

  constructor(scope: Construct, id: string, { userPool, identityProviders }: IdentityProvidersProps) {
    super(scope, id);
    this.all = identityProviders.map((provider) => this.#add(userPool, provider));
  }

  #add(userPool: cognito.IUserPool, provider: Provider): cognito.IUserPoolIdentityProvider {
    switch (provider.kind) {
      case 'google':
        return new cognito.UserPoolIdentityProviderGoogle(this, 'Google', {
          userPool,
          clientId: provider.clientId,
          clientSecretValue: clientSecret(provider.secretName),
          scopes,
          attributeMapping: openIdAttributes,
        });
      case 'oidc':
        return new cognito.UserPoolIdentityProviderOidc(this, `Oidc-${provider.name}`, {
          userPool,
          name: provider.name,
          issuerUrl: provider.issuer,
          clientId: provider.clientId,
          // A reference that CloudFormation resolves; the template never holds the secret.
          clientSecret: clientSecret(provider.secretName).unsafeUnwrap(),
          scopes,
          attributeMapping: openIdAttributes,
        });
      case 'saml':
        return new cognito.UserPoolIdentityProviderSaml(this, `Saml-${provider.name}`, {
          userPool,
          name: provider.name,
          metadata: cognito.UserPoolIdentityProviderSamlMetadata.url(provider.metadataUrl),
          attributeMapping: samlAttributes,
        });
    }
  }
}

const clientSecret = (secretName: string) =>
  SecretValue.secretsManager(secretName, { jsonField: 'clientSecret' });
