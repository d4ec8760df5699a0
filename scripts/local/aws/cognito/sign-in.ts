/** Signing in: which flows and challenges there are, and who answers them. */
import { AwsError, notImplemented } from '../errors';
import {
  type Answer,
  type Attempt,
  findUser,
  notAuthorized,
  type Parameters,
  required,
  requireSame,
  runPreAuthentication,
  wrongCredentials,
} from './attempt';
import { readAttributes, writableBy } from './attributes';
import { Challenges } from './challenges';
import { answerChoice, answerMailedCode, answerPassword, startChoice } from './choice';
import { complete, proceed } from './completion';
import { answerCustom, answerCustomPassword, startCustom } from './custom-auth';
import { setPassword } from './new-users';
import { checkPassword, finishSrp, migrateAtSignIn, startSrp } from './password-factor';
import type { Client, User } from './records';
import { answerCode, answerSetup } from './second-factor';
import { refreshSession } from './tokens';
import type { Metadata } from './triggers';
import type { UserPool } from './user-pool';

export type { Answer, Parameters } from './attempt';

/** Members an answer may have besides USERNAME and SECRET_HASH. */
const RESPONSES: Readonly<Record<string, readonly string[]>> = {
  CUSTOM_CHALLENGE: ['ANSWER'],
  EMAIL_OTP: ['EMAIL_OTP_CODE'],
  MFA_SETUP: [],
  NEW_PASSWORD_REQUIRED: ['NEW_PASSWORD'],
  PASSWORD: ['PASSWORD'],
  PASSWORD_VERIFIER: [
    'PASSWORD_CLAIM_SECRET_BLOCK',
    'PASSWORD_CLAIM_SIGNATURE',
    'TIMESTAMP',
    // Sent once more by some clients; the exchange has it.
    'SRP_A',
  ],
  SELECT_CHALLENGE: ['ANSWER', 'PASSWORD', 'SRP_A'],
  // Some clients send the code under the name of the other factor too.
  SOFTWARE_TOKEN_MFA: ['SOFTWARE_TOKEN_MFA_CODE', 'SMS_MFA_CODE'],
};

const PASSWORD_BY_ADMINISTRATOR = ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'];
const FLOWS: Readonly<Record<string, { readonly needs: readonly string[]; readonly admin?: true }>> = {
  USER_PASSWORD_AUTH: { needs: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'] },
  USER_SRP_AUTH: { needs: ['ALLOW_USER_SRP_AUTH'] },
  USER_AUTH: { needs: ['ALLOW_USER_AUTH'] },
  CUSTOM_AUTH: { needs: ['ALLOW_CUSTOM_AUTH', 'CUSTOM_AUTH_FLOW_ONLY'] },
  ADMIN_USER_PASSWORD_AUTH: { needs: PASSWORD_BY_ADMINISTRATOR, admin: true },
  ADMIN_NO_SRP_AUTH: { needs: PASSWORD_BY_ADMINISTRATOR, admin: true },
  REFRESH_TOKEN_AUTH: { needs: ['ALLOW_REFRESH_TOKEN_AUTH'] },
  REFRESH_TOKEN: { needs: ['ALLOW_REFRESH_TOKEN_AUTH'] },
};

export interface Initiation {
  readonly flow: string;
  readonly parameters: Parameters;
  readonly session?: string | undefined;
  readonly metadata?: Metadata;
  /** Whether the caller is an administrator with AWS credentials. */
  readonly admin: boolean;
}

export interface Response {
  readonly name: string;
  readonly session: string | undefined;
  readonly responses: Parameters;
  readonly metadata?: Metadata;
}

export class SignIn {
  readonly challenges = new Challenges();

  attempt(pool: UserPool, client: Client, more: Pick<Attempt, 'metadata' | 'validationData'> = {}): Attempt {
    return { pool, client, challenges: this.challenges, ...more };
  }

  async initiate(pool: UserPool, client: Client, initiation: Initiation): Promise<Answer> {
    const { flow, parameters, admin, session, metadata } = initiation;
    const known = FLOWS[flow];
    if (!known) throw notImplemented(`the Cognito flow ${flow}`);
    if (!known.needs.some((name) => client.settings.flows.has(name)) || (known.admin && !admin))
      throw new AwsError('InvalidParameterException', `${flow} flow not enabled for this client`);
    if (flow.startsWith('REFRESH')) return this.refresh(pool, client, parameters);
    const name = required(parameters, 'USERNAME');
    pool.checkSecretHash(client, name, parameters.SECRET_HASH);
    const attempt = this.attempt(pool, client, { validationData: metadata });
    if (flow === 'CUSTOM_AUTH') return startCustom(attempt, parameters);
    if (flow === 'USER_AUTH') return startChoice(attempt, parameters, session);
    if (flow === 'USER_SRP_AUTH') {
      const A = required(parameters, 'SRP_A');
      const user = findUser(attempt, name);
      await runPreAuthentication(attempt, user, name);
      return startSrp(attempt, user, name, { A, withSession: false });
    }
    return proceed(attempt, await this.passwordOwner(attempt, name, required(parameters, 'PASSWORD')));
  }

  private async refresh(pool: UserPool, client: Client, parameters: Parameters): Promise<Answer> {
    // The hash is over the name the user signed in with, which may be an alias: the session tells which user.
    const token = required(parameters, 'REFRESH_TOKEN');
    const username = pool.sessionOf(token)?.username ?? '';
    pool.checkSecretHash(client, username, parameters.SECRET_HASH);
    return { AuthenticationResult: await refreshSession(pool, client, token), ChallengeParameters: {} };
  }

  private async passwordOwner(attempt: Attempt, name: string, password: string): Promise<User> {
    const { pool } = attempt;
    if (!pool.find(name)) {
      pool.lockouts.check(pool.normalize(name));
      const migrated = await migrateAtSignIn(attempt, name, password);
      // The function has checked the password.
      if (migrated) return migrated;
    }
    const user = findUser(attempt, name);
    await runPreAuthentication(attempt, user, name);
    return checkPassword(attempt, user, name, password);
  }

  /** @throws AwsError NotAuthorizedException, or UserNotFoundException where the client tells */
  async checkPassword(pool: UserPool, client: Client, name: string, password: string): Promise<User> {
    return this.passwordOwner(this.attempt(pool, client), name, password);
  }

  async respond(pool: UserPool, client: Client, response: Response): Promise<Answer> {
    const { name, session, responses, metadata } = response;
    requireKnownMembers(name, responses);
    pool.checkSecretHash(client, required(responses, 'USERNAME'), responses.SECRET_HASH);
    const attempt = this.attempt(pool, client, { metadata });
    if (name === 'CUSTOM_CHALLENGE') return answerCustom(attempt, session, responses);
    if (name === 'SELECT_CHALLENGE') return answerChoice(attempt, session, responses);
    if (name === 'PASSWORD') return answerPassword(attempt, session, responses);
    if (name === 'EMAIL_OTP') return answerMailedCode(attempt, session, responses);
    if (name === 'SOFTWARE_TOKEN_MFA' || name === 'MFA_SETUP') {
      const answer = name === 'MFA_SETUP' ? answerSetup : answerCode;
      const { user, newPassword } = await answer(attempt, session, responses);
      return complete(attempt, user, newPassword);
    }
    if (name === 'PASSWORD_VERIFIER') return this.verifyPassword(attempt, session, responses);
    const [username, password] = [required(responses, 'USERNAME'), required(responses, 'NEW_PASSWORD')];
    const user = await this.choosePassword(pool, client, session, username, password, responses);
    return proceed(attempt, user, true);
  }

  private async verifyPassword(
    attempt: Attempt,
    session: string | undefined,
    responses: Parameters,
  ): Promise<Answer> {
    const finished = finishSrp(attempt, session, responses);
    if (finished.challenge.rounds) return answerCustomPassword(attempt, finished);
    if (!finished.user) throw wrongCredentials();
    return proceed(attempt, finished.user);
  }

  /**
   * The answer to NEW_PASSWORD_REQUIRED.
   * @param more `userAttributes.name` and the like
   * @throws AwsError
   */
  async choosePassword(
    pool: UserPool,
    client: Client,
    session: string | undefined,
    username: string,
    password: string,
    more: Parameters = {},
  ): Promise<User> {
    const challenge = this.challenges.take(session, pool, client, 'NEW_PASSWORD_REQUIRED');
    requireSame(pool, challenge, username);
    const user = pool.users.get(challenge.username);
    if (!user) throw notAuthorized('Invalid session for the user.');
    try {
      const prefix = 'userAttributes.';
      const given = Object.entries(more).filter(([key]) => key.startsWith(prefix));
      const listed = given.map(([key, Value]) => ({ Name: key.slice(prefix.length), Value }));
      const attributes = readAttributes(pool, listed, writableBy(client));
      const changed = await setPassword(pool, user, password, 'CONFIRMED');
      if (listed.length === 0) return changed;
      return await pool.change(changed, (current) => ({
        attributes: { ...current.attributes, ...attributes },
      }));
    } catch (error) {
      // A password against the policy may be tried again.
      this.challenges.restore(session, challenge);
      throw error;
    }
  }
}

function requireKnownMembers(name: string, responses: Parameters): void {
  const known = RESPONSES[name];
  if (!known) throw notImplemented(`the Cognito challenge ${name}`);
  const unknown = Object.keys(responses).find(
    (key) =>
      !['USERNAME', 'SECRET_HASH', ...known].includes(key) &&
      !(name === 'NEW_PASSWORD_REQUIRED' && key.startsWith('userAttributes.')),
  );
  if (unknown) throw notImplemented(`the response ${unknown} to ${name}`);
}
