/** Carries a plan out, batch by batch; every step may be repeated, and none is lost when the process dies. */
import { concurrently } from '../concurrently';
import type { Progress } from '../progress';
import type { DoneUsers } from './done';
import { type Identities, isImportableHash } from './identities';
import type { Tally, UserOutcome } from './outcome';
import type { Decision } from './plan';
import type { Pool, PoolAnswer } from './pool';

export interface ExecuteDependencies {
  readonly pool: Pick<Pool, 'ensure'>;
  readonly identities: Pick<Identities, 'keep' | 'keepHashes' | 'link'>;
  readonly done: Pick<DoneUsers, 'find' | 'add'>;
  readonly progress: Pick<Progress, 'advance'>;
  /** Told the outcome of every user. */
  readonly record: (outcome: UserOutcome) => void | Promise<void>;
  readonly interrupted: AbortSignal;
}

export interface ExecuteOptions {
  /** Users that are created at the same time. */
  readonly concurrency: number;
  readonly withHashes: boolean;
  /** Creations between two entries of the journal: what a killed process has to look at again. */
  readonly batch: number;
}

type Move = Decision & { readonly action: 'create' | 'lazy' };

/** Users without a call to the pool cost nearly nothing: so many times more of them go into a batch. */
const batchFactor = 5;

export async function execute(
  deps: ExecuteDependencies,
  options: ExecuteOptions,
  decisions: AsyncIterable<Decision>,
): Promise<void> {
  let batch: Move[] = [];
  let creations = 0;
  const flush = async () => {
    await move(deps, options, batch);
    batch = [];
    creations = 0;
  };
  for await (const decision of decisions) {
    if (deps.interrupted.aborted) return;
    const settled = settledBefore(deps, decision);
    if (settled) {
      if (decision.action !== 'skip') deps.progress.advance(1, false);
      await deps.record(settled);
      continue;
    }
    batch.push(decision as Move);
    if (decision.action === 'create') creations++;
    if (creations >= options.batch || batch.length >= options.batch * batchFactor) await flush();
  }
  if (!deps.interrupted.aborted) await flush();
}

/** The outcome of users for whom there is nothing left to do. */
function settledBefore({ done }: ExecuteDependencies, decision: Decision): UserOutcome | undefined {
  const { user, action } = decision;
  if (decision.action === 'skip') return outcomeOf(decision, 'skipped', decision.reason);
  // The source has changed since the plan was made.
  if (action === 'undecided')
    return outcomeOf(decision, 'failed', 'new since the plan, and whether there is a password is unknown');
  const before = done.find(user, decision.action);
  return before && outcomeOf(decision, before, 'by an earlier run');
}

async function move(
  deps: ExecuteDependencies,
  options: ExecuteOptions,
  batch: readonly Move[],
): Promise<void> {
  if (batch.length === 0) return;
  const { identities, done, interrupted, record } = deps;
  // First whose data it is, then the account: whoever signs in meanwhile already finds it.
  const kept = await identities.keep(batch.map(({ user }) => user));
  const outcomes = new Map<Move, UserOutcome>();
  const placed = batch.flatMap((move): Placed[] => {
    const place = kept.get(move.user.id);
    if (!place) throw new Error(`no row was made for user ${move.user.id}`);
    if (!('refused' in place)) return [{ move, ...place }];
    outcomes.set(move, outcomeOf(move, place.refused, place.reason));
    return [];
  });
  for (const [move, outcome] of await leave(deps, options, placed)) outcomes.set(move, outcome);
  const { results, failure } = await concurrently(
    placed.filter(({ move }) => move.action === 'create'),
    { limit: options.concurrency, interrupted },
    async ({ move, poolSubject }) => {
      const answer = await deps.pool.ensure(move.user, poolSubject);
      deps.progress.advance();
      return answer;
    },
  );
  for (const [move, outcome] of await link(deps, results)) outcomes.set(move, outcome);
  await done.add(
    [...outcomes].flatMap(([{ user, action }, { outcome }]) =>
      outcome === 'created' || outcome === 'existing' || outcome === 'lazy'
        ? [{ user, action, outcome }]
        : [],
    ),
  );
  for (const outcome of outcomes.values()) await record(outcome);
  if (failure !== undefined) throw failure;
}

/** A user whose row in Landfall is there. */
interface Placed {
  readonly move: Move;
  readonly userId: string;
  readonly poolSubject: string | undefined;
}

type Outcomes = readonly (readonly [Move, UserOutcome])[];

/** Those who move by themselves, at their next sign-in. */
async function leave(
  { identities, progress }: ExecuteDependencies,
  { withHashes }: ExecuteOptions,
  placed: readonly Placed[],
): Promise<Outcomes> {
  const lazy = placed.map(({ move }) => move).filter(({ action }) => action === 'lazy');
  const hashed = lazy.map(({ user }) => user).filter(({ passwordHash }) => isImportableHash(passwordHash));
  const taken = withHashes && hashed.length > 0 ? await identities.keepHashes(hashed) : new Set<string>();
  progress.advance(lazy.length);
  return lazy.map((move) => [
    move,
    taken.has(move.user.id)
      ? outcomeOf(move, 'failed', 'the e-mail belongs to another imported user')
      : outcomeOf(move, 'lazy'),
  ]);
}

/** Makes the users of the pool the users of Landfall that they are. */
async function link(
  { identities }: ExecuteDependencies,
  answers: readonly (readonly [Placed, PoolAnswer])[],
): Promise<Outcomes> {
  const strangers = await identities.link(
    answers.flatMap(([{ userId }, answer]) =>
      answer.outcome === 'failed' ? [] : [{ userId, poolSubject: answer.subject }],
    ),
  );
  return answers.map(([{ move }, answer]) => {
    if (answer.outcome === 'failed') return [move, outcomeOf(move, 'failed', answer.reason)];
    return strangers.has(answer.subject)
      ? [move, outcomeOf(move, 'failed', 'the pool has this e-mail for another user of Landfall')]
      : [move, outcomeOf(move, answer.outcome)];
  });
}

function outcomeOf({ user }: Decision, outcome: UserOutcome['outcome'], reason?: string): UserOutcome {
  return { id: user.id, email: user.email, outcome, reason };
}

/** Counts outcomes and passes them on. */
export function recorder(
  tally: Tally,
  report: { add(outcome: UserOutcome): Promise<void> } | undefined,
): ExecuteDependencies['record'] {
  return (outcome) => {
    tally.add(outcome);
    return report?.add(outcome);
  };
}
