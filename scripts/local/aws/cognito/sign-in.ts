/** Signing in: by password, by refresh token, and the challenge of a temporary password. */
import { randomBytes } from 'node:crypto';
import { AwsError, notImplemented } from '../errors';
import { setPassword } from './accounts';
import { verifyPassword } from './passwords';
import { type AuthenticationResult, refreshSession, startSession } from './tokens';
import type { Client, User, UserPool } from './user-pool';

export type Parameters = Readonly<Record<string, string>>;

export type Answer =
  | { readonly AuthenticationResult: AuthenticationResult; readonly ChallengeParameters: Parameters }
  | { readonly ChallengeName: string; readonly Session: string; readonly ChallengeParameters: Parameters };

/** Challenges wait in memory: a restart ends them, as their three minutes would. */
interface Challenge {
  readonly name: 'NEW_PASSWORD_REQUIRED';
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly expires: number;
}

const FLOWS: Readonly<Record<string, { readonly needs: readonly string[]; readonly admin: boolean }>> = {
  USER_PASSWORD_AUTH: { needs: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'], admin: false },
  ADMIN_USER_PASSWORD_AUTH: { needs: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'], admin: true },
  ADMIN_NO_SRP_AUTH: { needs: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'], admin: true },
  REFRESH_TOKEN_AUTH: { needs: ['ALLOW_REFRESH_TOKEN_AUTH'], admin: false },
  REFRESH_TOKEN: { needs: ['ALLOW_REFRESH_TOKEN_AUTH'], admin: false },
};

const wrongCredentials = () => new AwsError('NotAuthorizedException', 'Incorrect username or password.');

function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined)
    throw new AwsError('InvalidParameterException', `Missing required parameter ${name}`);
  return value;
}

export class SignIn {
  private readonly challenges = new Map<string, Challenge>();

  /** @param admin whether the caller is an administrator with AWS credentials */
  async initiate(
    pool: UserPool,
    client: Client,
    flow: string,
    parameters: Parameters,
    admin: boolean,
  ): Promise<Answer> {
    const known = FLOWS[flow];
    if (!known) throw notImplemented(`the Cognito flow ${flow}`);
    if (!known.needs.some((name) => client.settings.flows.has(name)) || (known.admin && !admin))
      throw new AwsError('InvalidParameterException', `${flow} flow not enabled for this client`);
    if (flow.startsWith('REFRESH')) {
      // The hash is over the name the user signed in with, which may be an alias: the session tells which user.
      const token = required(parameters, 'REFRESH_TOKEN');
      const username = pool.sessionOf(token)?.username ?? '';
      pool.checkSecretHash(client, username, parameters.SECRET_HASH);
      return { AuthenticationResult: refreshSession(pool, client, token), ChallengeParameters: {} };
    }
    const name = required(parameters, 'USERNAME');
    const password = required(parameters, 'PASSWORD');
    pool.checkSecretHash(client, name, parameters.SECRET_HASH);
    const user = await this.checkPassword(pool, client, name, password);
    return this.proceed(pool, client, user);
  }

  private async checkPassword(pool: UserPool, client: Client, name: string, password: string): Promise<User> {
    const user = pool.find(name);
    if (!user && !client.settings.hidesUnknownUsers)
      throw new AwsError('UserNotFoundException', 'User does not exist.');
    if (!(await verifyPassword(password, user?.password)) || !user) throw wrongCredentials();
    return user;
  }

  private async proceed(pool: UserPool, client: Client, user: User): Promise<Answer> {
    if (!user.enabled) throw new AwsError('NotAuthorizedException', 'User is disabled.');
    if (user.status === 'UNCONFIRMED')
      throw new AwsError('UserNotConfirmedException', 'User is not confirmed.');
    if (user.status === 'RESET_REQUIRED')
      throw new AwsError('PasswordResetRequiredException', 'Password reset required for the user');
    if (user.status === 'CONFIRMED')
      return { AuthenticationResult: await startSession(pool, client, user), ChallengeParameters: {} };
    if (user.passwordExpires !== undefined && user.passwordExpires < pool.now())
      throw new AwsError(
        'NotAuthorizedException',
        'Temporary password has expired and must be reset by an administrator.',
      );
    const session = this.challenge(pool, client, user);
    const { sub: _sub, ...attributes } = user.attributes;
    return {
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: session,
      ChallengeParameters: {
        USER_ID_FOR_SRP: user.username,
        requiredAttributes: '[]',
        userAttributes: JSON.stringify(attributes),
      },
    };
  }

  private challenge(pool: UserPool, client: Client, user: User): string {
    const now = pool.now();
    for (const [id, { expires }] of this.challenges) if (expires < now) this.challenges.delete(id);
    const session = randomBytes(48).toString('base64url');
    const expires = now + client.settings.validity.session * 1000;
    const { username } = user;
    this.challenges.set(session, {
      name: 'NEW_PASSWORD_REQUIRED',
      poolId: pool.id,
      clientId: client.id,
      username,
      expires,
    });
    return session;
  }

  async respond(
    pool: UserPool,
    client: Client,
    name: string,
    session: string | undefined,
    responses: Parameters,
  ): Promise<Answer> {
    if (name !== 'NEW_PASSWORD_REQUIRED') throw notImplemented(`the Cognito challenge ${name}`);
    const challenge = this.challenges.get(session ?? '');
    if (!challenge || challenge.clientId !== client.id || challenge.poolId !== pool.id)
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
    if (challenge.expires < pool.now())
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user, session is expired.');
    const username = required(responses, 'USERNAME');
    pool.checkSecretHash(client, username, responses.SECRET_HASH);
    const user = pool.find(username);
    if (user?.username !== challenge.username)
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
    const unknown = Object.keys(responses).find(
      (key) => !['USERNAME', 'NEW_PASSWORD', 'SECRET_HASH'].includes(key),
    );
    if (unknown) throw notImplemented(`the response ${unknown} to ${name}`);
    await setPassword(pool, user, required(responses, 'NEW_PASSWORD'), 'CONFIRMED');
    // Only now: a password against the policy may be tried again.
    this.challenges.delete(session ?? '');
    return this.proceed(pool, client, user);
  }
}
