import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { AuthConfig } from '../config/schema';
import { acknowledge } from '../constructs/acknowledge';
import type { Monitored } from '../constructs/monitored';
import { referToStrongly } from '../constructs/references';
import { type Removal, removalPolicy } from '../constructs/removal';
import { outputs } from '../outputs';

export interface AuthStackProps extends StackProps {
  readonly auth: AuthConfig;
  readonly removal: Removal;
}

const featurePlans: Record<AuthConfig['featurePlan'], cognito.FeaturePlan> = {
  LITE: cognito.FeaturePlan.LITE,
  ESSENTIALS: cognito.FeaturePlan.ESSENTIALS,
  PLUS: cognito.FeaturePlan.PLUS,
};

const mfa: Record<AuthConfig['mfa'], cognito.Mfa> = {
  off: cognito.Mfa.OFF,
  optional: cognito.Mfa.OPTIONAL,
  required: cognito.Mfa.REQUIRED,
};

/** Users of the application: a Cognito pool with e-mail sign-in and one client for browsers and mobile. */
export class AuthStack extends Stack {
  readonly userPool: cognito.UserPool;
  readonly client: cognito.UserPoolClient;
  readonly monitored: Monitored[] = [];

  constructor(scope: Construct, id: string, props: AuthStackProps) {
    super(scope, id, props);
    const { auth, removal } = props;

    this.userPool = new cognito.UserPool(this, 'Users', {
      signInAliases: { email: true },
      // Otherwise Ann@example.com and ann@example.com are two people.
      signInCaseSensitive: false,
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      // A new address counts only once it is proven, or changing it would lock the user out.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      mfa: mfa[auth.mfa],
      // Codes by SMS cost money and can be intercepted; an authenticator app does neither.
      ...(auth.mfa === 'off' ? {} : { mfaSecondFactor: { otp: true, sms: false } }),
      featurePlan: featurePlans[auth.featurePlan],
      ...(auth.featurePlan === 'PLUS'
        ? { standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION }
        : {}),
      deletionProtection: auth.deletionProtection,
      removalPolicy: removalPolicy(removal),
    });

    this.client = this.userPool.addClient('Web', {
      // Browsers and mobile applications cannot keep a secret; PKCE takes its place.
      generateSecret: false,
      authFlows: { userSrp: true, userPassword: auth.passwordSignIn ?? false },
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false, clientCredentials: false },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
        callbackUrls: auth.callbackUrls,
        logoutUrls: auth.logoutUrls,
      },
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      authSessionValidity: Duration.minutes(3),
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
    });

    if (auth.mfa !== 'required') {
      acknowledge(
        this.userPool,
        'Whether everybody needs a second factor is a product decision: auth.mfa in the configuration.',
        'AwsSolutions-COG2',
      );
    }
    if (auth.featurePlan !== 'PLUS') {
      acknowledge(
        this.userPool,
        'Threat protection costs per active user: auth.featurePlan in the configuration.',
        'AwsSolutions-COG8',
      );
    }
    referToStrongly(this.userPool, this.client);

    new CfnOutput(this, outputs.userPoolId, { value: this.userPool.userPoolId });
    new CfnOutput(this, outputs.userPoolClientId, { value: this.client.userPoolClientId });

    if (auth.domainPrefix) {
      const domain = this.userPool.addDomain('Domain', {
        cognitoDomain: { domainPrefix: auth.domainPrefix },
      });
      new CfnOutput(this, outputs.userPoolDomain, { value: domain.baseUrl() });
    }
  }
}
