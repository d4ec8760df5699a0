/** Moves users: reads the source completely, says what would be done, and does it when asked. */
import { type Output, UsageError } from '../command';
import { Interrupted } from '../pace';
import { Progress } from '../progress';
import { check, plannedOutcome } from './check';
import type { DoneUsers } from './done';
import { execute, recorder } from './execute';
import { type Identities, isImportableHash } from './identities';
import { Tally } from './outcome';
import { type Decision, type PlanOptions, planner } from './plan';
import type { Pool } from './pool';
import type { ReportFile } from './report';
import type { Facts, Summary } from './summary';
import type { UserSource } from './user';

export interface RunDependencies {
  readonly source: UserSource;
  /** Absent for a plan that asks nobody. */
  readonly pool?: Pick<Pool, 'ensure' | 'find'> | undefined;
  /** What is written beside the pool; with it the plan is carried out. */
  readonly target?:
    | {
        readonly identities: Pick<Identities, 'keep' | 'keepHashes' | 'link'>;
        readonly done: Pick<DoneUsers, 'find' | 'add' | 'size'>;
      }
    | undefined;
  readonly report?: Pick<ReportFile, 'add'> | undefined;
  /** For the person who waits. */
  readonly out: Output;
  readonly interrupted: AbortSignal;
}

export interface RunOptions extends PlanOptions {
  /** User pool id. */
  readonly to: string;
  readonly issuer: string;
  readonly withHashes: boolean;
  readonly concurrency: number;
  /** Creations between two entries of the journal. */
  readonly batch: number;
  /** Creations a second at most. */
  readonly rate: number;
}

interface Pass {
  readonly tally: Tally;
  readonly interrupted: boolean;
}

export async function run(deps: RunDependencies, options: RunOptions): Promise<Summary> {
  const phase = deps.target ? 'execute' : deps.pool ? 'check' : 'plan';
  const facts: Facts = { banned: 0, unconfirmed: 0, importableHashes: 0, otherHashes: 0 };
  const summary = ({ tally, interrupted }: Pass): Summary => {
    const { to, issuer, rate, withHashes } = options;
    return { phase, from: deps.source.name, to, issuer, rate, withHashes, facts, tally, interrupted };
  };
  deps.out.write(`Reading ${deps.source.name}\n`);
  // Before anything is written: a source that cannot be read to its end changes nothing.
  const plan = await untilInterrupted(deps, async (tally) => {
    for await (const decision of decisions(deps, options)) {
      count(facts, decision);
      const outcome = plannedOutcome(decision);
      tally.add(outcome);
      if (phase === 'plan') await deps.report?.add(outcome);
    }
  });
  if (phase === 'plan' || plan.interrupted) return summary(plan);
  return summary(await (phase === 'check' ? checkPass : executePass)(deps, options, plan.tally));
}

function checkPass(deps: RunDependencies, options: RunOptions, plan: Tally): Promise<Pass> {
  const { pool } = deps;
  if (!pool) throw new Error('a check needs the pool');
  return withProgress(deps, plan.count('create'), (progress) =>
    untilInterrupted(deps, async (tally) => {
      const record = recorder(tally, deps.report);
      for await (const outcome of check({ ...deps, pool, progress }, options, decisions(deps, options)))
        await record(outcome);
    }),
  );
}

function executePass(deps: RunDependencies, options: RunOptions, plan: Tally): Promise<Pass> {
  const { pool, target } = deps;
  if (!pool || !target) throw new Error('an execution needs the pool and the database');
  if (plan.count('undecided') > 0)
    throw new UsageError(
      `${plan.count('undecided')} of ${plan.total} users may have a password; ${deps.source.name} does not tell. Nothing was written.\n` +
        '  --unknown-passwords lazy    the application signs in by password: they move at their next sign-in\n' +
        '  --unknown-passwords create  it signs in by magic link, code or provider: they are created now\n' +
        'Or export auth.users to a file, which tells (docs/migrating-users.md).',
    );
  if (target.done.size > 0) deps.out.write(`Going on: ${target.done.size} users are done already\n`);
  return withProgress(deps, plan.count('create') + plan.count('lazy'), (progress) =>
    untilInterrupted(deps, (tally) =>
      execute(
        { ...deps, ...target, pool, progress, record: recorder(tally, deps.report) },
        options,
        decisions(deps, options),
      ),
    ),
  );
}

async function* decisions(
  { source, interrupted }: RunDependencies,
  options: PlanOptions,
): AsyncGenerator<Decision> {
  const decide = planner(options);
  for await (const user of source.users()) {
    if (interrupted.aborted) return;
    yield decide(user);
  }
}

async function untilInterrupted(
  { interrupted }: RunDependencies,
  work: (tally: Tally) => Promise<void>,
): Promise<Pass> {
  const tally = new Tally();
  try {
    await work(tally);
  } catch (error) {
    const stopped = error instanceof Interrupted || (error as Error).name === 'AbortError';
    if (!interrupted.aborted || !stopped) throw error;
  }
  return { tally, interrupted: interrupted.aborted };
}

async function withProgress<T>(
  { out }: RunDependencies,
  total: number,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = new Progress({ out, unit: 'users', total });
  try {
    return await work(progress);
  } finally {
    progress.finish();
  }
}

function count(facts: Facts, { user, action }: Decision): void {
  if (action === 'skip') return;
  if (user.banned) facts.banned++;
  if (!user.confirmed) facts.unconfirmed++;
  if (action !== 'lazy' || user.passwordHash === undefined) return;
  if (isImportableHash(user.passwordHash)) facts.importableHashes++;
  else facts.otherHashes++;
}
