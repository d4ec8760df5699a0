/** Carries a plan out, batch by batch; every step may be repeated, and none is lost when the process dies. */
import { concurrently } from '../concurrently';
import type { Progress } from '../progress';
import type { DoneUsers } from './done';
import { type Identities, isImportableHash, type Kept } from './identities';
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
  const { identities, done, interrupted } = deps;
  // First whose data it is, then the account: whoever signs in meanwhile already finds it.
  const kept = await identities.keep(batch.map(({ user }) => user));
  const outcomes = new Map<Move, UserOutcome>();
  const movable = batch.filter((decision) => {
    const refusal = kept.get(decision.user.id) as Kept;
    if ('refused' in refusal) outcomes.set(decision, outcomeOf(decision, refusal.refused, refusal.reason));
    return !('refused' in refusal);
  });
  for (const outcome of await leave(deps, options, movable)) outcomes.set(...outcome);

  const { results, failure } = await concurrently(
    movable.filter(({ action }) => action === 'create'),
    { limit: options.concurrency, interrupted },
    async (decision): Promise<PoolAnswer> => {
      const answer = await deps.pool.ensure(decision.user, known(kept, decision).poolSubject);
      deps.progress.advance();
      return answer;
    },
  );
  const strangers = await identities.link(
    results.flatMap(([decision, answer]) =>
      answer.outcome === 'failed'
        ? []
        : [{ userId: known(kept, decision).userId, poolSubject: answer.subject }],
    ),
  );
  for (const [decision, answer] of results) {
    const [outcome, reason] =
      answer.outcome === 'failed'
        ? (['failed', answer.reason] as const)
        : strangers.has(answer.subject)
          ? (['failed', 'the pool has this e-mail for another user of Landfall'] as const)
          : ([answer.outcome, undefined] as const);
    outcomes.set(decision, outcomeOf(decision, outcome, reason));
  }
  await done.add(
    [...outcomes].flatMap(([{ user, action }, { outcome }]) =>
      outcome === 'created' || outcome === 'existing' || outcome === 'lazy'
        ? [{ user, action, outcome }]
        : [],
    ),
  );
  for (const outcome of outcomes.values()) await deps.record(outcome);
  if (failure !== undefined) throw failure;
}

/** Those who move by themselves, at their next sign-in. */
async function leave(
  { identities, progress }: ExecuteDependencies,
  { withHashes }: ExecuteOptions,
  movable: readonly Move[],
): Promise<readonly (readonly [Move, UserOutcome])[]> {
  const lazy = movable.filter(({ action }) => action === 'lazy');
  const hashed = lazy.map(({ user }) => user).filter(({ passwordHash }) => isImportableHash(passwordHash));
  const taken = withHashes && hashed.length > 0 ? await identities.keepHashes(hashed) : new Set<string>();
  progress.advance(lazy.length);
  return lazy.map((decision) => [
    decision,
    taken.has(decision.user.id)
      ? outcomeOf(decision, 'failed', 'the e-mail belongs to another imported user')
      : outcomeOf(decision, 'lazy'),
  ]);
}

const known = (kept: ReadonlyMap<string, Kept>, { user }: Decision) =>
  kept.get(user.id) as Exclude<Kept, { refused: string }>;

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
