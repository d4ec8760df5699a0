import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import * as z from 'zod';
import type { Verify } from './authorize';

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https$/ }) });

const discoveryTimeoutMs = 3_000;

/**
 * Verifies tokens of one OpenID provider. Where its keys are is read from its discovery document at the first
 * token; documents and keys are kept for the life of the instance, and an unknown key id fetches keys again.
 *
 * Only asymmetric signatures pass: the library knows no HMAC and no `none`.
 */
export function oidcVerifier({ issuer, audience }: { issuer: string; audience: string }): Verify {
  let discovery: ReturnType<typeof discover> | undefined;
  return async (token) => {
    discovery ??= discover(issuer, audience);
    // A failure must not be remembered.
    discovery.catch(() => {
      discovery = undefined;
    });
    return (await discovery).verify(token);
  };
}

async function discover(issuer: string, audience: string) {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, {
    signal: AbortSignal.timeout(discoveryTimeoutMs),
    redirect: 'error',
  });
  if (!response.ok)
    throw new Error(`expected OpenID metadata at ${address}, found status ${response.status}`);
  const metadata = metadataSchema.parse(await response.json());
  if (metadata.issuer !== issuer)
    throw new Error(`expected the issuer ${issuer}, found ${metadata.issuer} at ${address}`);
  return JwtVerifier.create({
    issuer,
    audience,
    jwksUri: metadata.jwks_uri,
    customJwtCheck: ({ payload }) => {
      // The library checks `exp` only where there is one.
      if (typeof payload.exp !== 'number') throw new Error('expected a token that expires');
    },
  });
}
