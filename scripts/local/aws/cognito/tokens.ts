/** The tokens of a sign-in, with the claims real Cognito puts in them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import { type Claims, issueJwt, verifyJwt } from '../jwt';
import { ADMIN_SCOPE, showsAttribute } from './hosted/scopes';
import type { Client, Session, User } from './records';
import { digest, type UserPool } from './user-pool';

export interface AuthenticationResult {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: 'Bearer';
  readonly RefreshToken?: string;
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

function issue(
  pool: UserPool,
  client: Client,
  user: User,
  session: Session,
  nonce?: string,
): AuthenticationResult {
  const { scopes } = session;
  const { validity, readable } = client.settings;
  const now = Math.floor(pool.now() / 1000);
  const shared = {
    sub: user.sub,
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
    IdToken: issueJwt(pool.keys[0], idClaims),
    ExpiresIn: validity.access,
    TokenType: 'Bearer',
  };
}

/** Of a sign-in on the pool's own pages. */
export interface GrantedSession {
  readonly scopes: readonly string[];
  /** Of the authorization request. */
  readonly nonce?: string | undefined;
  /** When the password was given; seconds since 1970. */
  readonly authTime: number;
}

/**
 * Starts a session; durable before its tokens are handed out.
 * @param granted @default a sign-in through the API, now
 */
export async function startSession(
  pool: UserPool,
  client: Client,
  user: User,
  granted?: GrantedSession,
): Promise<AuthenticationResult> {
  const refreshToken = randomBytes(64).toString('base64url');
  const session: Session = {
    originJti: randomUUID(),
    refreshHash: digest(refreshToken),
    clientId: client.id,
    username: user.username,
    authTime: granted?.authTime ?? Math.floor(pool.now() / 1000),
    expires: pool.now() + client.settings.validity.refresh * 1000,
    revoked: false,
    ...(granted && { scopes: granted.scopes }),
  };
  pool.addSession(session);
  await pool.save();
  return { ...issue(pool, client, user, session, granted?.nonce), RefreshToken: refreshToken };
}

const notAuthorized = (message: string) => new AwsError('NotAuthorizedException', message);

export function refreshSession(pool: UserPool, client: Client, refreshToken: string): AuthenticationResult {
  const session = pool.sessionOf(refreshToken);
  if (!session || session.clientId !== client.id) throw notAuthorized('Invalid Refresh Token');
  if (session.revoked) throw notAuthorized('Refresh Token has been revoked');
  if (session.expires <= pool.now()) throw notAuthorized('Refresh Token has expired');
  const user = pool.find(session.username);
  if (!user?.enabled) throw notAuthorized('User is disabled.');
  return issue(pool, client, user, session);
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

/** The user an access token may call the API for. @throws AwsError NotAuthorizedException */
export function userOfAccessToken(pool: UserPool, token: string): User {
  const { claims, user } = claimsOfAccessToken(pool, token);
  if (!String(claims.scope).split(' ').includes(ADMIN_SCOPE))
    throw notAuthorized('Access Token does not have required scopes');
  return user;
}

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
  session.revoked = true;
  await pool.save();
}
