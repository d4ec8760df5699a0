/** Proving a password: by sending it, or by SRP. */
import { AwsError } from '../errors';
import {
  type Attempt,
  type ChallengeAnswer,
  challenged,
  decoy,
  guessKey,
  type Parameters,
  required,
  requireSame,
  wrongCredentials,
} from './attempt';
import type { Challenge, Round } from './challenges';
import { requirePassword } from './completion';
import { migrateUser } from './migration';
import { verifyPassword } from './passwords';
import type { User } from './records';
import { saltText, startExchange } from './srp';

/** Takes over somebody who is not in the pool yet, where the pool has a function for that. */
export function migrateAtSignIn(
  { pool, client, validationData }: Attempt,
  name: string,
  password: string,
): Promise<User | undefined> {
  return migrateUser(pool, client, name, { password, validationData });
}

/** @throws AwsError NotAuthorizedException when it is not the password of `user`, or there is no such user */
export async function checkPassword(
  { pool }: Attempt,
  user: User | undefined,
  name: string,
  password: string,
): Promise<User> {
  const key = guessKey(pool, challenged(user, name));
  pool.lockouts.check(key);
  if (user) requirePassword(user);
  // Of a user who does not exist too: the answer must take as long.
  if (!(await verifyPassword(password, user?.password)) || !user) {
    pool.lockouts.failed(key);
    throw wrongCredentials();
  }
  pool.lockouts.succeeded(key);
  if (user.srp) return user;
  // The user is older than the first client that signs in by SRP.
  const srp = pool.srpVerifier(user.username, password);
  return srp ? pool.change(user, { srp }) : user;
}

export interface SrpStart {
  readonly A: string;
  /** Of a custom sign-in. */
  readonly rounds?: readonly Round[];
  /** Whether the answer is named by a session; by the exchange itself otherwise, as in USER_SRP_AUTH. */
  readonly withSession: boolean;
}

export function startSrp(
  { pool, client, challenges }: Attempt,
  user: User | undefined,
  name: string,
  { A, rounds, withSession }: SrpStart,
): ChallengeAnswer {
  const who = challenged(user, name);
  const srp = user?.srp ?? {
    salt: saltText(Buffer.from(decoy('salt', name), 'hex')),
    verifier: decoy('verifier', name),
  };
  const exchange = startExchange(pool.srpName, who.username, srp.verifier, A);
  if (!exchange) throw new AwsError('InvalidParameterException', 'SRP_A is no valid public value.');
  const step = { name: 'PASSWORD_VERIFIER', exchange, rounds } as const;
  const session = withSession
    ? challenges.keep(pool, client, who, step)
    : challenges.keep(pool, client, who, step, exchange.secretBlock);
  return {
    ChallengeName: 'PASSWORD_VERIFIER',
    ...(withSession && { Session: session }),
    ChallengeParameters: {
      SALT: srp.salt,
      SECRET_BLOCK: exchange.secretBlock,
      SRP_B: exchange.B,
      USERNAME: who.username,
      USER_ID_FOR_SRP: who.username,
    },
  };
}

/**
 * Checks the answer to PASSWORD_VERIFIER: one guess for each exchange.
 * @returns the user whose password it is; undefined when it is not, or there is no such user
 */
export function finishSrp(
  { pool, client, challenges }: Attempt,
  session: string | undefined,
  responses: Parameters,
): { readonly challenge: Challenge<'PASSWORD_VERIFIER'>; readonly user: User | undefined } {
  const secretBlock = required(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
  const claim = {
    secretBlock,
    signature: required(responses, 'PASSWORD_CLAIM_SIGNATURE'),
    timestamp: required(responses, 'TIMESTAMP'),
  };
  const challenge = challenges.take(session ?? secretBlock, pool, client, 'PASSWORD_VERIFIER');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const key = guessKey(pool, challenge);
  pool.lockouts.check(key);
  const user = pool.users.get(challenge.username);
  if (user) requirePassword(user);
  if (!challenge.exchange.verify(claim) || !user) {
    pool.lockouts.failed(key);
    return { challenge, user: undefined };
  }
  pool.lockouts.succeeded(key);
  return { challenge, user };
}
