import type { Clock } from '../shared/clock';
import { within } from '../shared/deadline';
import { logger } from '../shared/logger';
import type { LegacyAccount, Source, Verdict } from './source';

export interface MigrationDependencies {
  /** Asked in this order. */
  readonly sources: readonly Source[];
  readonly clock: Clock;
  /** Nobody migrates from then on. */
  readonly until: Date;
}

export interface MigrationRequest {
  /** What was typed in. */
  readonly username: string;
  /** Absent when it was forgotten: whoever sets a new one reads the mail of the address. */
  readonly password: string | undefined;
}

/** Cognito waits 5 s, and asks again when nothing comes. */
const deadlineMs = 3_500;

/**
 * The account that the earlier system has for somebody the pool does not know, if it vouches for them. Everything
 * else is no: a source that fails, is slow, or answers what it should not.
 *
 * @throws Error with one message for every reason; the reason is in the log, with nothing about the person
 */
export async function migrate(
  { sources, clock, until }: MigrationDependencies,
  { username, password }: MigrationRequest,
): Promise<LegacyAccount> {
  const refused = () => new Error('Incorrect user name or password');
  const email = username.trim().toLowerCase();
  if (clock() >= until) {
    logger.info('migration refused', { reason: 'the time of migration is over' });
    throw refused();
  }
  if (password === '' || !/^[^@\s]+@[^@\s]+$/.test(email)) {
    logger.info('migration refused', { reason: 'no address or no password' });
    throw refused();
  }
  const signal = AbortSignal.timeout(deadlineMs);
  const ask = (source: Source) =>
    password === undefined ? source.find(email, signal) : source.authenticate(email, password, signal);
  try {
    const verdict = await within(deadlineMs, firstVerdict(sources, ask));
    if ('account' in verdict) return verdict.account;
    logger.info('migration refused', { reason: verdict.refusal });
  } catch (error) {
    logger.error('migration failed', { error: error as Error });
  }
  throw refused();
}

async function firstVerdict(
  sources: readonly Source[],
  ask: (source: Source) => Promise<Verdict>,
): Promise<Verdict> {
  let last: Verdict = { refusal: 'unknown' };
  for (const source of sources) {
    last = await ask(source);
    if ('account' in last || last.refusal === 'banned') return last;
  }
  return last;
}
