/** The tokens of a sign-in, with the claims real Cognito puts in them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../errors';
import { type Claims, issueJwt, verifyJwt } from '../jwt';
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

function attributeClaims(user: User, readable: readonly string[] | undefined): Claims {
  const visible = Object.entries(user.attributes).filter(([name]) => !readable || readable.includes(name));
  return Object.fromEntries(
    visible.map(([name, value]) => [name, VERIFIED.includes(name) ? value === 'true' : value]),
  );
}

function issue(pool: UserPool, client: Client, user: User, session: Session): AuthenticationResult {
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
  const idClaims = {
    ...attributeClaims(user, readable),
    ...shared,
    'cognito:username': user.username,
    aud: client.id,
    token_use: 'id',
    exp: now + validity.id,
    jti: randomUUID(),
  };
  const accessClaims = {
    ...shared,
    client_id: client.id,
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    exp: now + validity.access,
    jti: randomUUID(),
    username: user.username,
  };
  return {
    AccessToken: issueJwt(pool.keys[1], accessClaims),
    IdToken: issueJwt(pool.keys[0], idClaims),
    ExpiresIn: validity.access,
    TokenType: 'Bearer',
  };
}

/** Starts a session; durable before its tokens are handed out. */
export async function startSession(
  pool: UserPool,
  client: Client,
  user: User,
): Promise<AuthenticationResult> {
  const refreshToken = randomBytes(64).toString('base64url');
  const session: Session = {
    originJti: randomUUID(),
    refreshHash: digest(refreshToken),
    clientId: client.id,
    username: user.username,
    authTime: Math.floor(pool.now() / 1000),
    expires: pool.now() + client.settings.validity.refresh * 1000,
    revoked: false,
  };
  pool.addSession(session);
  await pool.save();
  return { ...issue(pool, client, user, session), RefreshToken: refreshToken };
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

/** The user an access token speaks for. @throws AwsError NotAuthorizedException */
export function userOfAccessToken(pool: UserPool, token: string): User {
  const claims = verifyJwt(token, pool.keys, pool.now());
  if (!claims || claims.iss !== pool.issuer || claims.token_use !== 'access')
    throw notAuthorized('Invalid Access Token');
  const session = pool.session(String(claims.origin_jti));
  if (!session || session.revoked) throw notAuthorized('Access Token has been revoked');
  const user = pool.find(String(claims.username));
  if (!user) throw new AwsError('UserNotFoundException', 'User does not exist.');
  if (!user.enabled) throw notAuthorized('User is disabled.');
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
