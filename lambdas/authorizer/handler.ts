import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnv } from '../shared/env';
import { logger } from '../shared/logger';
import { authorize } from './authorize';
import { oidcVerifier } from './oidc';

const env = readEnv(
  z.object({ OIDC_ISSUER: z.url({ protocol: /^https$/ }), OIDC_AUDIENCE: z.string().min(1) }),
);
const verify = oidcVerifier({ issuer: env.OIDC_ISSUER, audience: env.OIDC_AUDIENCE });

export async function handler(event: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  try {
    return await authorize(verify, event);
  } catch (error) {
    // The reason stays in the log: a caller who learns why a token fails learns how to make a better one.
    logger.info('token refused', { reason: error instanceof Error ? error.name : 'unknown' });
    throw new Error('Unauthorized');
  }
}
