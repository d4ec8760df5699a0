import { Duration } from 'aws-cdk-lib';
import { TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { OidcConfig } from '../config/schema';
import { ApiFunction } from './api-function';
import type { FunctionDefaults } from './function';
import { allowToRead } from './secret-access';

export interface OidcAuthorizerProps extends OidcConfig {
  readonly functions: FunctionDefaults;
}

/** What issuers sign with today, and nothing weaker. */
const usualAlgorithms = ['RS256', 'ES256'];

/** Lets in who carries a token of the configured OpenID Connect issuer. */
export class OidcAuthorizer extends Construct {
  readonly authorizer: TokenAuthorizer;
  readonly verifier: ApiFunction;

  constructor(scope: Construct, id: string, props: OidcAuthorizerProps) {
    super(scope, id);
    const { algorithms = usualAlgorithms, sharedSecret } = props;
    const secret = sharedSecret && Secret.fromSecretNameV2(this, 'SharedSecret', sharedSecret.secretName);
    this.verifier = new ApiFunction(this, 'Verifier', {
      ...props.functions,
      contract: {
        domain: 'authorizer',
        description: 'Verifies bearer tokens of the OpenID Connect issuer.',
        impact: 'Nobody can use the API: every request that carries a token is refused or fails.',
        memoryMiB: 256,
        // The first call fetches the keys of the issuer; API Gateway allows an authorizer 10 s.
        timeoutSeconds: 9,
      },
      network: {
        reason: 'Fetches the keys of an issuer on the internet, and touches none of our data.',
        date: '2026-11-20',
      },
      reservedConcurrency: {
        reason: 'Every request needs it; a limit of its own would only be one more way to be unavailable.',
        date: '2026-11-20',
      },
      environment: {
        OIDC_ISSUER: props.issuer,
        OIDC_AUDIENCE: props.audience,
        OIDC_ALGORITHMS: algorithms.join(','),
        ...(props.audienceClaim && { OIDC_AUDIENCE_CLAIM: props.audienceClaim }),
        ...(props.clockSkewSeconds && { OIDC_CLOCK_SKEW_SECONDS: String(props.clockSkewSeconds) }),
        ...(props.jwksUri && { OIDC_JWKS_URI: props.jwksUri }),
        ...(secret && { OIDC_SHARED_SECRET_ARN: secret.secretArn }),
      },
    });
    if (secret) allowToRead(this.verifier.function, secret);
    this.authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: this.verifier.alias,
      // Anything that is no token at all costs neither an invocation nor a place in the cache.
      validationRegex: '^[Bb]earer +[\\w-]+\\.[\\w-]+\\.[\\w-]+$',
      // A token that expires is accepted this much longer, so the cache stays short.
      resultsCacheTtl: Duration.seconds(60),
    });
  }
}
