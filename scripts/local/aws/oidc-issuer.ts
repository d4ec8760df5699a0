/** An OpenID Connect issuer for local development: what an external identity provider is on AWS. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { StateFile, writeFileAtomic } from './atomic-file';
import { createKey, issueJwt, loadKey, publicJwk, type SigningKey, type StoredKey, storeKey } from './jwt';

export interface OidcIssuerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** PEM; the certificate must name the issuer's host. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** `iss` of the tokens and base of the discovery URLs. @default https://localhost:<port> */
  readonly issuer?: string;
  readonly audience: string;
  /** The signing key is kept here, so that tokens outlive a restart. */
  readonly stateDirectory: string;
}

export interface TokenRequest {
  readonly sub: string;
  readonly email?: string;
  /** @default the issuer's */
  readonly audience?: string;
  /** Seconds; negative for a token that has expired. @default 3600 */
  readonly expiresIn?: number;
}

export interface OidcIssuer {
  readonly issuer: string;
  readonly port: number;
  issue(request: TokenRequest): string;
  close(): Promise<void>;
}

async function keptKey(file: string): Promise<SigningKey> {
  const stored = await StateFile.read<StoredKey>(file);
  if (stored) return loadKey(stored);
  const key = await createKey();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, JSON.stringify(storeKey(key)));
  return key;
}

export async function startOidcIssuer({
  port,
  tls,
  audience,
  stateDirectory,
  ...options
}: OidcIssuerOptions): Promise<OidcIssuer> {
  const key = await keptKey(path.join(stateDirectory, 'oidc-issuer.json'));
  let issuer = options.issuer ?? '';
  const documents: Record<string, () => object> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/.well-known/jwks.json': () => ({ keys: [publicJwk(key)] }),
  };
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const document = request.method === 'GET' ? documents[request.url?.split('?')[0] ?? ''] : undefined;
    response.writeHead(document ? 200 : 404, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
    });
    response.end(JSON.stringify(document?.() ?? { error: 'not_found' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  issuer ||= `https://localhost:${bound}`;
  return {
    issuer,
    port: bound,
    issue({ sub, email, audience: aud = audience, expiresIn = 3600 }) {
      const iat = Math.floor(Date.now() / 1000);
      const emailClaims = email === undefined ? {} : { email, email_verified: true };
      return issueJwt(key, {
        iss: issuer,
        aud,
        sub,
        ...emailClaims,
        iat,
        exp: iat + expiresIn,
        jti: randomUUID(),
      });
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
