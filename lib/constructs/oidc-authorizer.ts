import { Duration } from 'aws-cdk-lib';
import { TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import { ApiFunction } from './api-function';
import type { FunctionDefaults } from './function';

export interface OidcAuthorizerProps {
  readonly issuer: string;
  readonly audience: string;
  readonly functions: FunctionDefaults;
}

/** Lets in who carries a token of the configured OpenID Connect issuer. */
export class OidcAuthorizer extends Construct {
  readonly authorizer: TokenAuthorizer;
  readonly verifier: ApiFunction;

  constructor(scope: Construct, id: string, props: OidcAuthorizerProps) {
    super(scope, id);
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
      network: { reason: 'Fetches the keys of an issuer on the internet, and touches none of our data.' },
      reservedConcurrency: {
        reason: 'Every request needs it; a limit of its own would only be one more way to be unavailable.',
      },
      environment: { OIDC_ISSUER: props.issuer, OIDC_AUDIENCE: props.audience },
    });
    this.authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: this.verifier.alias,
      // Anything that is no token at all costs neither an invocation nor a place in the cache.
      validationRegex: '^[Bb]earer +[\\w-]+\\.[\\w-]+\\.[\\w-]+$',
      // A token that expires is accepted this much longer, so the cache stays short.
      resultsCacheTtl: Duration.seconds(60),
    });
  }
}
