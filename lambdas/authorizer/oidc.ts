import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { JwtHeader } from 'aws-jwt-verify/jwt-model';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import * as z from 'zod';
import { type Clock, systemClock } from '../shared/clock';
import { logger } from '../shared/logger';
import type { Verify } from './authorize';
import { checkClaims, type TokenRules } from './claims';
import { type SharedSecret, sharedSecretVerifier } from './shared-secret';

export interface OidcOptions extends TokenRules {
  /** Signature algorithms of the issuer's published keys that are accepted. */
  readonly algorithms: readonly string[];
  /** Address of the keys. @default what the issuer's discovery document says */
  readonly jwksUri?: string | undefined;
  /** Accepts HS256 as well, with this secret. @default HS256 is refused */
  readonly sharedSecret?: SharedSecret | undefined;
  readonly clock?: Clock;
}

/**
 * Verifies tokens of one OpenID Connect issuer. The algorithm in a token's header only chooses between the two ways
 * to verify, each of which has keys of its own: a published key can never serve as a shared secret.
 */
export function oidcVerifier({ sharedSecret, ...options }: OidcOptions): Verify {
  const published = publishedKeyVerifier(options);
  const shared = sharedSecret && sharedSecretVerifier(options, sharedSecret);
  return async (token) => (shared && headerOf(token).alg === 'HS256' ? shared(token) : published(token));
}

const headerOf = (token: string): JwtHeader => decomposeUnverifiedJwt(token).header;

/** A key that the issuer withdrew is accepted this much longer at most, unless the issuer cannot be reached. */
const refreshMs = 60 * 60_000;

/** After a failed refresh the known keys stay, and the issuer is left alone for this long. */
const retryMs = 5 * 60_000;

/**
 * Keys are fetched at the first token, again when a token names one that is not among them (at most every 10 s), and
 * every hour.
 */
function publishedKeyVerifier({
  clock = systemClock,
  ...options
}: Omit<OidcOptions, 'sharedSecret'>): Verify {
  let connected: ReturnType<typeof connect> | undefined;
  let refreshAt = 0;
  return async (token) => {
    if (!connected) {
      refreshAt = clock().getTime() + refreshMs;
      connected = connect(options);
      // A failure must not be remembered.
      connected.catch(() => {
        connected = undefined;
      });
    }
    const verifier = await connected;
    if (clock().getTime() >= refreshAt) {
      // Set before the answer, so that requests at the same time do not all ask.
      refreshAt = clock().getTime() + refreshMs;
      await verifier.hydrate().catch((error: Error) => {
        refreshAt = clock().getTime() + retryMs;
        logger.warn('keys of the issuer could not be refreshed', { reason: error.name });
      });
    }
    return verifier.verify(token);
  };
}

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https$/ }) });

const discoveryTimeoutMs = 3_000;

async function connect({ jwksUri, algorithms, ...rules }: Omit<OidcOptions, 'sharedSecret' | 'clock'>) {
  return JwtVerifier.create({
    issuer: rules.issuer,
    // Checked with the other claims, because it may be in another one than `aud`.
    audience: null,
    graceSeconds: rules.clockSkewSeconds,
    jwksUri: jwksUri ?? (await discover(rules.issuer)),
    customJwtCheck: ({ header, payload }) => {
      if (!algorithms.includes(header.alg ?? ''))
        throw new Error('expected a token signed by an accepted algorithm');
      checkClaims(payload, rules);
    },
  });
}

async function discover(issuer: string): Promise<string> {
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
  return metadata.jwks_uri;
}
