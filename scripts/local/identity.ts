/** Tokens of local users: from the local user pool, or from the local OpenID Connect issuer. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { CognitoEngine } from './aws/cognito/engine';
import type { OidcIssuer } from './aws/oidc-issuer';

/** The user whose token `npm start` prints. */
export const exampleUser = 'user@example.com';

export interface Identity {
  /** Where tokens come from, for people. */
  readonly provider: string;
  /** Whether the provider runs here. */
  readonly local: boolean;
  /** A new token of the user, who is made when there is none yet. @throws when the provider is elsewhere */
  token(email: string): Promise<string>;
  /** Password for signing in through the user pool's own API; absent with an issuer. */
  readonly password?: string;
  /** Address of the page that signs people in; absent without a user pool domain. */
  readonly signInPage?: string;
}

export interface PoolClient {
  readonly userPoolId: string;
  readonly clientId: string;
}

/**
 * @param passwordFile where the password of the local users is kept
 * @param signInUrl address of the pool's domain. @default the pool has none
 */
export function poolIdentity(
  cognito: CognitoEngine,
  { userPoolId, clientId }: PoolClient,
  passwordFile: string,
  signInUrl?: string,
): Identity {
  const password = keptPassword(passwordFile);
  return {
    provider: `local Cognito, pool ${userPoolId}, client ${clientId}`,
    local: true,
    password,
    ...(signInUrl !== undefined && { signInPage: `${signInUrl}/login?client_id=${clientId}` }),
    token: async (email) => {
      // Somebody who signed up keeps their own password.
      if (!cognito.pool(userPoolId).find(email)) {
        await cognito.adminCreateConfirmedUser({ poolId: userPoolId, email, password });
      }
      const { IdToken } = await cognito.signIn({ clientId, email });
      return IdToken;
    },
  };
}

export function issuerIdentity(issuer: OidcIssuer, url: string): Identity {
  return {
    provider: `local OpenID Connect issuer ${url}`,
    local: true,
    token: async (email) => issuer.issue({ sub: `local|${email}`, email, expiresIn: 8 * 3600 }),
  };
}

/** Users of an issuer somewhere else: this runtime only verifies their tokens. */
export function foreignIdentity(issuer: string): Identity {
  return {
    provider: issuer,
    local: false,
    token: async () => {
      throw new Error(`Tokens come from ${issuer}: sign in there.`);
    },
  };
}

/** Meets any password policy Cognito can express. */
function keptPassword(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = `Local-${randomBytes(12).toString('base64url')}-1a`;
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return password;
}
