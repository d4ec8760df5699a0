import { Duration } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { AuthConfig } from '../config/schema';

export interface WebClientProps {
  readonly userPool: cognito.IUserPool;
  readonly auth: AuthConfig;
  /** By whose accounts people sign in, besides their own. */
  readonly identityProviders: readonly cognito.IUserPoolIdentityProvider[];
}

/** The least that Cognito takes. */
const leastSessionMinutes = 3;

/** The one client of the user pool, for browsers and mobile applications. */
export class WebClient extends cognito.UserPoolClient {
  constructor(scope: Construct, id: string, { userPool, auth, identityProviders }: WebClientProps) {
    const { magicLink, tokens } = auth;
    super(scope, id, {
      userPool,
      // Browsers and mobile applications cannot keep a secret; PKCE takes its place.
      generateSecret: false,
      authFlows: {
        userSrp: true,
        // Users who move can only be checked by the password itself: Cognito asks the trigger in no other flow.
        userPassword: (auth.passwordSignIn ?? false) || auth.userMigration !== undefined,
        custom: magicLink !== undefined,
        user: auth.signIn.length > 1,
      },
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false, clientCredentials: false },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
        callbackUrls: auth.callbackUrls,
        logoutUrls: auth.logoutUrls,
      },
      supportedIdentityProviders: [
        cognito.UserPoolClientIdentityProvider.COGNITO,
        ...identityProviders.map(({ providerName }) =>
          cognito.UserPoolClientIdentityProvider.custom(providerName),
        ),
      ],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      // A sign-in that asked for a link can be answered with it as long as the link works.
      authSessionValidity: Duration.minutes(Math.max(leastSessionMinutes, magicLink?.minutes ?? 0)),
      accessTokenValidity: Duration.minutes(tokens.accessMinutes),
      idTokenValidity: Duration.minutes(tokens.idMinutes),
      refreshTokenValidity: Duration.days(tokens.refreshDays),
      // A refresh token that was copied is of use until its owner uses it next. The grace is for two tabs at once.
      ...(tokens.rotateRefresh && { refreshTokenRotationGracePeriod: Duration.minutes(1) }),
      // Not the custom attributes: who could write them would choose whose data to see.
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
    });
    // Cognito refuses a client that names a provider which is not there yet.
    if (identityProviders.length > 0) this.node.addDependency(...identityProviders);
  }
}
