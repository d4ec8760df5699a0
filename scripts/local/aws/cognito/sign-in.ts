/** Signing in: by password, by SRP, by refresh token, and the challenge of a temporary password. */
import { createHmac, randomBytes } from 'node:crypto';
import { AwsError, notImplemented } from '../errors';
import { setPassword } from './accounts';
import { verifyPassword } from './passwords';
import type { Client, User } from './records';
import { type SrpExchange, startExchange } from './srp';
import { type AuthenticationResult, refreshSession, startSession } from './tokens';
import type { UserPool } from './user-pool';

export type Parameters = Readonly<Record<string, string>>;

export interface ChallengeAnswer {
  readonly ChallengeName: string;
  readonly Session?: string;
  readonly ChallengeParameters: Parameters;
}

export type Answer =
  | { readonly AuthenticationResult: AuthenticationResult; readonly ChallengeParameters: Parameters }
  | ChallengeAnswer;

/** Challenges wait in memory: a restart ends them, as their three minutes would. */
interface Challenge {
  readonly exchange?: SrpExchange;
  readonly poolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly expires: number;
}

/** Unknown users get an exchange too, with values that stay the same from one attempt to the next. */
const DECOY_KEY = randomBytes(32);
const decoy = (purpose: string, name: string): string =>
  createHmac('sha256', DECOY_KEY).update(`${purpose} ${name}`).digest('hex').slice(0, 32);
const decoyId = (name: string): string =>
  decoy('id', name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');

const RESPONSES: Readonly<Record<string, readonly string[]>> = {
  NEW_PASSWORD_REQUIRED: ['USERNAME', 'NEW_PASSWORD', 'SECRET_HASH'],
  PASSWORD_VERIFIER: [
    'USERNAME',
    'PASSWORD_CLAIM_SECRET_BLOCK',
    'PASSWORD_CLAIM_SIGNATURE',
    'TIMESTAMP',
    // Sent once more by some clients; the exchange has it.
    'SRP_A',
    'SECRET_HASH',
  ],
};

const FLOWS: Readonly<Record<string, { readonly needs: readonly string[]; readonly admin: boolean }>> = {
  USER_PASSWORD_AUTH: { needs: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'], admin: false },
  USER_SRP_AUTH: { needs: ['ALLOW_USER_SRP_AUTH'], admin: false },
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
    pool.checkSecretHash(client, name, parameters.SECRET_HASH);
    if (flow === 'USER_SRP_AUTH') return this.startSrp(pool, client, name, required(parameters, 'SRP_A'));
    const user = await this.checkPassword(pool, client, name, required(parameters, 'PASSWORD'));
    return this.proceed(pool, client, user);
  }

  /** @throws AwsError NotAuthorizedException, or UserNotFoundException where the client tells */
  async checkPassword(pool: UserPool, client: Client, name: string, password: string): Promise<User> {
    const user = pool.find(name);
    if (!user && !client.settings.hidesUnknownUsers)
      throw new AwsError('UserNotFoundException', 'User does not exist.');
    if (!(await verifyPassword(password, user?.password)) || !user) throw wrongCredentials();
    if (!user.srp) {
      // The user is older than the first client that signs in by SRP.
      user.srp = pool.srpVerifier(user.username, password);
      if (user.srp) await pool.update(user);
    }
    return user;
  }

  private startSrp(pool: UserPool, client: Client, name: string, A: string): Answer {
    const user = pool.find(name);
    if (!user && !client.settings.hidesUnknownUsers)
      throw new AwsError('UserNotFoundException', 'User does not exist.');
    const srp = user?.srp ?? { salt: decoy('salt', name), verifier: decoy('verifier', name) };
    const username = user?.username ?? decoyId(name);
    const exchange = startExchange(pool.srpName, username, srp.verifier, A);
    if (!exchange) throw new AwsError('InvalidParameterException', 'SRP_A is no valid public value.');
    // As on AWS there is no session: the answer names its exchange by the secret block.
    this.keep(exchange.secretBlock, pool, client, username, exchange);
    return {
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeParameters: {
        SALT: srp.salt,
        SECRET_BLOCK: exchange.secretBlock,
        SRP_B: exchange.B,
        USERNAME: username,
        USER_ID_FOR_SRP: username,
      },
    };
  }

  private async finishSrp(pool: UserPool, client: Client, responses: Parameters): Promise<Answer> {
    const secretBlock = required(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
    const challenge = this.find(secretBlock, pool, client);
    // One guess for each exchange.
    this.challenges.delete(secretBlock);
    const user = pool.find(required(responses, 'USERNAME'));
    const claim = {
      secretBlock,
      signature: required(responses, 'PASSWORD_CLAIM_SIGNATURE'),
      timestamp: required(responses, 'TIMESTAMP'),
    };
    if (!challenge.exchange?.verify(claim) || user?.username !== challenge.username) throw wrongCredentials();
    return this.proceed(pool, client, user);
  }

  private async proceed(pool: UserPool, client: Client, user: User): Promise<Answer> {
    const challenge = this.challengeOf(pool, client, user);
    return (
      challenge ?? { AuthenticationResult: await startSession(pool, client, user), ChallengeParameters: {} }
    );
  }

  /**
   * What a user whose password was right must still do; undefined when nothing.
   * @throws AwsError when the user may not sign in at all
   */
  challengeOf(pool: UserPool, client: Client, user: User): ChallengeAnswer | undefined {
    if (!user.enabled) throw new AwsError('NotAuthorizedException', 'User is disabled.');
    if (user.status === 'UNCONFIRMED')
      throw new AwsError('UserNotConfirmedException', 'User is not confirmed.');
    if (user.status === 'RESET_REQUIRED')
      throw new AwsError('PasswordResetRequiredException', 'Password reset required for the user');
    if (user.status === 'CONFIRMED') return undefined;
    if (user.passwordExpires !== undefined && user.passwordExpires < pool.now())
      throw new AwsError(
        'NotAuthorizedException',
        'Temporary password has expired and must be reset by an administrator.',
      );
    const session = randomBytes(48).toString('base64url');
    this.keep(session, pool, client, user.username);
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

  private keep(id: string, pool: UserPool, client: Client, username: string, exchange?: SrpExchange): void {
    const now = pool.now();
    for (const [other, { expires }] of this.challenges) if (expires < now) this.challenges.delete(other);
    const expires = now + client.settings.validity.session * 1000;
    this.challenges.set(id, {
      poolId: pool.id,
      clientId: client.id,
      username,
      expires,
      ...(exchange && { exchange }),
    });
  }

  private find(id: string | undefined, pool: UserPool, client: Client): Challenge {
    const challenge = this.challenges.get(id ?? '');
    if (!challenge || challenge.clientId !== client.id || challenge.poolId !== pool.id)
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
    if (challenge.expires < pool.now())
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user, session is expired.');
    return challenge;
  }

  async respond(
    pool: UserPool,
    client: Client,
    name: string,
    session: string | undefined,
    responses: Parameters,
  ): Promise<Answer> {
    const known = RESPONSES[name];
    if (!known) throw notImplemented(`the Cognito challenge ${name}`);
    const unknown = Object.keys(responses).find((key) => !known.includes(key));
    if (unknown) throw notImplemented(`the response ${unknown} to ${name}`);
    const username = required(responses, 'USERNAME');
    pool.checkSecretHash(client, username, responses.SECRET_HASH);
    if (name === 'PASSWORD_VERIFIER') return this.finishSrp(pool, client, responses);
    const user = await this.choosePassword(
      pool,
      client,
      session,
      username,
      required(responses, 'NEW_PASSWORD'),
    );
    return this.proceed(pool, client, user);
  }

  /** The answer to NEW_PASSWORD_REQUIRED. @throws AwsError */
  async choosePassword(
    pool: UserPool,
    client: Client,
    session: string | undefined,
    username: string,
    password: string,
  ): Promise<User> {
    const challenge = this.find(session, pool, client);
    const user = pool.find(username);
    // An exchange of SRP is no proof that its password was right.
    if (challenge.exchange || user?.username !== challenge.username)
      throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
    await setPassword(pool, user, password, 'CONFIRMED');
    // Only now: a password against the policy may be tried again.
    this.challenges.delete(session ?? '');
    return user;
  }
}
