/** Asks the pool, without writing, which of the users that a plan would create are there. */
import { concurrently } from '../concurrently';
import type { Progress } from '../progress';
import type { UserOutcome } from './outcome';
import type { Decision } from './plan';
import type { Pool } from './pool';

export interface CheckDependencies {
  readonly pool: Pick<Pool, 'find'>;
  readonly progress: Pick<Progress, 'advance'>;
  readonly interrupted: AbortSignal;
}

const batchUsers = 100;

/** The outcome of every user, in the order of the source within a hundred. */
export async function* check(
  deps: CheckDependencies,
  { concurrency }: { readonly concurrency: number },
  decisions: AsyncIterable<Decision>,
): AsyncGenerator<UserOutcome> {
  let batch: Decision[] = [];
  for await (const decision of decisions) {
    if (decision.action !== 'create') {
      yield plannedOutcome(decision);
      continue;
    }
    batch.push(decision);
    if (batch.length < batchUsers) continue;
    yield* ask(deps, concurrency, batch);
    batch = [];
    if (deps.interrupted.aborted) return;
  }
  yield* ask(deps, concurrency, batch);
}

async function* ask(
  { pool, progress, interrupted }: CheckDependencies,
  limit: number,
  batch: readonly Decision[],
): AsyncGenerator<UserOutcome> {
  const { results, failure } = await concurrently(batch, { limit, interrupted }, async ({ user }) => {
    const found = await pool.find(user);
    progress.advance();
    return found;
  });
  for (const [decision, found] of results) {
    const { user } = decision;
    yield found
      ? {
          id: user.id,
          email: user.email,
          outcome: found.outcome === 'failed' ? 'failed' : 'existing',
          reason: found.outcome === 'failed' ? found.reason : undefined,
        }
      : plannedOutcome(decision);
  }
  if (failure !== undefined) throw failure;
}

/** What a plan says of a user. */
export function plannedOutcome(decision: Decision): UserOutcome {
  const { user, action } = decision;
  return {
    id: user.id,
    email: user.email,
    ...(decision.action === 'skip'
      ? { outcome: 'skipped', reason: decision.reason }
      : { outcome: action as Exclude<typeof action, 'skip'> }),
  };
}
