/** The tokens of a sign-in, with the claims real Cognito puts in them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import { type Claims, issueJwt, verifyJwt } from '../jwt';
import { ADMIN_SCOPE, showsAttribute } from './hosted/scopes';
import { readOverrides, type TokenSource } from './pre-token-generation';
import type { Client, RefreshToken, Session, User } from './records';
import type { Metadata } from './triggers';
import { digest, type UserPool } from './user-pool';

export interface AuthenticationResult {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
  readonly RefreshToken?: string;
}

/** What tokens are issued for. */
export interface Grant {
  /** @default by whether it has scopes: 'TokenGeneration_HostedAuth' or 'TokenGeneration_Authentication' */
  readonly source?: TokenSource;
  readonly metadata?: Metadata;
  /** Granted on the pool's own pages. @default a sign-in through the API */
  readonly scopes?: readonly string[];
  /** Of the authorization request. */
  readonly nonce?: string | undefined;
  /** When the user proved who they are; seconds since 1970. @default now */
  readonly authTime?: number;
}

/** Booleans in tokens, text in the API. */
const VERIFIED = ['email_verified', 'phone_number_verified'];

function attributeClaims(
  user: User,
  readable: readonly string[] | undefined,
  scopes: readonly string[] | undefined,
): Claims {
  const visible = Object.entries(user.attributes).filter(
    ([name]) => (!readable || readable.includes(name)) && (!scopes || showsAttribute(scopes, name)),
  );
  return Object.fromEntries(
    visible.map(([name, value]) => [name, VERIFIED.includes(name) ? value === 'true' : value]),
  );
}

/** Ties an ID token to the access token beside it: the left half of its hash, OpenID Connect Core 3.1.3.6. */
const accessTokenHash = (token: string): string =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

async function issue(
  pool: UserPool,
  client: Client,
  user: User,
  session: Session,
  { source, metadata, nonce }: Grant & { readonly source: TokenSource },
): Promise<AuthenticationResult> {
  const { scopes } = session;
  const { validity, readable } = client.settings;
  const { groups, override } = await readOverrides(pool, client, user, source, metadata);
  const now = Math.floor(pool.now() / 1000);
  const shared = {
    sub: user.sub,
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    iss: pool.issuer,
    origin_jti: session.originJti,
    event_id: randomUUID(),
    auth_time: session.authTime,
    iat: now,
  };
  const accessClaims = {
    ...shared,
    client_id: client.id,
    token_use: 'access',
    scope: scopes ? scopes.join(' ') : ADMIN_SCOPE,
    ...(scopes && { version: 2 }),
    exp: now + validity.access,
    jti: randomUUID(),
    username: user.username,
  };
  const accessToken = issueJwt(pool.keys[1], accessClaims);
  const idClaims = {
    ...attributeClaims(user, readable, scopes),
    ...shared,
    'cognito:username': user.username,
    aud: client.id,
    token_use: 'id',
    exp: now + validity.id,
    jti: randomUUID(),
    ...(scopes && { at_hash: accessTokenHash(accessToken) }),
    ...(nonce !== undefined && { nonce }),
  };
  return {
    AccessToken: accessToken,
    IdToken: issueJwt(pool.keys[0], override(idClaims)),
    ExpiresIn: validity.access,
    TokenType: 'Bearer',
  };
}

const newRefreshToken = (): string => randomBytes(64).toString('base64url');

/** Starts a session; durable before its tokens are handed out. */
export async function startSession(
  pool: UserPool,
  client: Client,
  user: User,
  grant: Grant = {},
): Promise<AuthenticationResult> {
  const refreshToken = newRefreshToken();
  const session: Session = {
    originJti: randomUUID(),
    tokens: [{ hash: digest(refreshToken) }],
    clientId: client.id,
    username: user.username,
    authTime: grant.authTime ?? Math.floor(pool.now() / 1000),
    expires: pool.now() + client.settings.validity.refresh * 1000,
    revoked: false,
    ...(grant.scopes && { scopes: grant.scopes }),
  };
  const source = grant.scopes ? 'TokenGeneration_HostedAuth' : 'TokenGeneration_Authentication';
  const tokens = await issue(pool, client, user, session, { source, ...grant });
  // The function may have taken seconds, in which the user was removed.
  if (!pool.users.get(user.username)) throw new AwsError('UserNotFoundException', 'User does not exist.');
  await pool.putSession(session);
  return { ...tokens, RefreshToken: refreshToken };
}

const notAuthorized = (message: string) => new AwsError('NotAuthorizedException', message);

/** @throws AwsError NotAuthorizedException, or RefreshTokenReuseException for a token that was rotated out */
export async function refreshSession(
  pool: UserPool,
  client: Client,
  refreshToken: string,
  metadata?: Metadata,
): Promise<AuthenticationResult> {
  const session = pool.sessionOf(refreshToken);
  if (!session || session.clientId !== client.id) throw notAuthorized('Invalid Refresh Token');
  if (session.revoked) throw notAuthorized('Refresh Token has been revoked');
  if (session.expires <= pool.now()) throw notAuthorized('Refresh Token has expired');
  const user = pool.find(session.username);
  if (!user?.enabled) throw notAuthorized('User is disabled.');
  const token = session.tokens.find(({ hash }) => hash === digest(refreshToken));
  if (token?.until !== undefined && token.until <= pool.now())
    throw new AwsError('RefreshTokenReuseException', 'Refresh Token has been rotated out');
  const grant = { source: 'TokenGeneration_RefreshTokens', metadata } as const;
  const grace = client.settings.rotationGraceSeconds;
  if (grace === undefined) return issue(pool, client, user, session, grant);
  // Before the trigger runs, which may take long: of two calls at once without a grace period one must be refused.
  const next = await rotate(pool, session, refreshToken, grace);
  return { ...(await issue(pool, client, user, session, grant)), RefreshToken: next };
}

/** Of the rotated tokens of a session so many are remembered, to tell a reused token from an invented one. */
const REMEMBERED_TOKENS = 20;

/**
 * A new token, which lives no longer than the first one would have. The old one works through the grace period, for
 * a client that lost the answer.
 */
async function rotate(
  pool: UserPool,
  session: Session,
  refreshToken: string,
  graceSeconds: number,
): Promise<string> {
  const next = newRefreshToken();
  const used = digest(refreshToken);
  const end = pool.now() + graceSeconds * 1000;
  const tokens = session.tokens.map(
    (token): RefreshToken =>
      token.hash === used ? { hash: used, until: Math.min(end, token.until ?? end) } : token,
  );
  await pool.putSession({
    ...session,
    tokens: [...tokens, { hash: digest(next) }].slice(-REMEMBERED_TOKENS),
  });
  return next;
}

/** What an access token says, and of whom. @throws AwsError NotAuthorizedException */
export function claimsOfAccessToken(pool: UserPool, token: string): { claims: Claims; user: User } {
  const claims = verifyJwt(token, pool.keys, pool.now());
  if (!claims || claims.iss !== pool.issuer || claims.token_use !== 'access')
    throw notAuthorized('Invalid Access Token');
  const session = pool.session(String(claims.origin_jti));
  if (!session || session.revoked) throw notAuthorized('Access Token has been revoked');
  const user = pool.find(String(claims.username));
  if (!user) throw new AwsError('UserNotFoundException', 'User does not exist.');
  if (!user.enabled) throw notAuthorized('User is disabled.');
  return { claims, user };
}

/** Who an access token may call the API for, and the client it was issued to. @throws AwsError */
export function holderOfAccessToken(
  pool: UserPool,
  token: string,
): { readonly user: User; readonly client: Client } {
  const { claims, user } = claimsOfAccessToken(pool, token);
  if (!String(claims.scope).split(' ').includes(ADMIN_SCOPE))
    throw notAuthorized('Access Token does not have required scopes');
  const client = pool.clients.get(String(claims.client_id));
  if (!client) throw notAuthorized('Invalid Access Token');
  return { user, client };
}

/** Ends the session of a refresh token: the token, and every access token that came from it. */
export async function revoke(pool: UserPool, client: Client, refreshToken: string): Promise<void> {
  if (!client.settings.revocation)
    throw new AwsError(
      'UnsupportedOperationException',
      `Token revocation is not enabled for client ${client.id}.`,
    );
  const session = pool.sessionOf(refreshToken);
  // An unknown token is no error, so that nobody learns which tokens exist.
  if (!session) return;
  if (session.clientId !== client.id)
    throw new AwsError('UnauthorizedException', 'The token belongs to another client.');
  await pool.revokeSession(session.originJti);
}
