import type { Clock } from '../shared/clock';
import { type CheckMac, parseToken, tokenHash } from '../shared/magic-link';
import type { MagicLinkTable } from '../shared/magic-link-table';

export interface RedeemDependencies {
  readonly table: Pick<MagicLinkTable, 'redeem'>;
  readonly checkMac: CheckMac;
  readonly clock: Clock;
}

export interface Answer {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly username: string;
  readonly userNotFound: boolean;
  readonly answer: string;
  /** Id of the challenge, the same when Cognito asks again about one answer. */
  readonly attempt: string | undefined;
}

/**
 * Whether an answer is the token of this user's outstanding link, for this pool and client, in time; it is used
 * up then. Anything that is no token, such as the word that asks for a link, costs no look at anything.
 */
export async function redeem(
  { table, checkMac, clock }: RedeemDependencies,
  { userPoolId, clientId, username, userNotFound, answer, attempt }: Answer,
): Promise<boolean> {
  const token = parseToken(answer);
  if (!token || attempt === undefined) return false;
  const { link, signed, mac } = token;
  const now = clock();
  if (
    link.userPoolId !== userPoolId ||
    link.clientId !== clientId ||
    link.username !== username ||
    link.expiresAt * 1000 <= now.getTime()
  ) {
    return false;
  }
  if (!(await checkMac(signed, mac))) return false;
  const redeemed = await table.redeem({ username, tokenHash: tokenHash(answer), attempt, now });
  return redeemed && !userNotFound;
}
