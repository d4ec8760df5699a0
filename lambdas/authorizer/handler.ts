import { supportedSignatureAlgorithms } from 'aws-jwt-verify/jwt-verifier';
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import * as z from 'zod';
import { commaList, readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { secrets } from '../shared/secrets';
import { authorize } from './authorize';
import { oidcVerifier } from './oidc';

const env = readEnv(
  z.object({
    OIDC_ISSUER: z.url({ protocol: /^https$/ }),
    OIDC_AUDIENCE: z.string().min(1),
    OIDC_AUDIENCE_CLAIM: z.enum(['aud', 'azp']).default('aud'),
    OIDC_ALGORITHMS: commaList.pipe(z.array(z.enum(supportedSignatureAlgorithms)).min(1)),
    OIDC_CLOCK_SKEW_SECONDS: z.coerce.number().int().min(0).default(0),
    OIDC_JWKS_URI: z.url({ protocol: /^https$/ }).optional(),
    OIDC_SHARED_SECRET_ARN: z.string().min(1).optional(),
  }),
);

const verify = oidcVerifier({
  issuer: env.OIDC_ISSUER,
  audience: env.OIDC_AUDIENCE,
  audienceClaim: env.OIDC_AUDIENCE_CLAIM,
  algorithms: env.OIDC_ALGORITHMS,
  clockSkewSeconds: env.OIDC_CLOCK_SKEW_SECONDS,
  jwksUri: env.OIDC_JWKS_URI,
  sharedSecret: sharedSecret(env.OIDC_SHARED_SECRET_ARN),
});

function sharedSecret(arn: string | undefined) {
  if (arn === undefined) return undefined;
  const schema = z.object({ secret: z.string().min(1) }).describe('{"secret": "..."}');
  return async () => (await secrets.json(arn, schema)).secret;
}

export async function handler(event: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  try {
    return await authorize(verify, event);
  } catch (error) {
    // The reason stays in the log: a caller who learns why a token fails learns how to make a better one.
    logger.info('token refused', { reason: error instanceof Error ? error.name : 'unknown' });
    throw new Error('Unauthorized');
  }
}
