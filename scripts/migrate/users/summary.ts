/** What a run ends with on stdout, for people or as JSON. */
import { duration } from '../progress';
import { checked, executed, type Outcome, planned, type Tally } from './outcome';

export interface Summary {
  readonly phase: 'plan' | 'check' | 'execute';
  readonly from: string;
  readonly to: string;
  readonly issuer: string;
  readonly tally: Tally;
  readonly facts: Facts;
  /** Creations a second at most. */
  readonly rate: number;
  readonly withHashes: boolean;
  readonly interrupted: boolean;
}

/** What the outcomes do not show. */
export interface Facts {
  banned: number;
  unconfirmed: number;
  importableHashes: number;
  otherHashes: number;
}

const outcomesOf = { plan: planned, check: checked, execute: executed };

const meaning: Readonly<Record<Outcome, string>> = {
  create: 'have no password, or are banned: to be created in the pool',
  created: 'created in the pool',
  existing: 'in the pool already',
  lazy: 'have a password: they move at their next sign-in',
  undecided: 'may have a password: the source does not tell (--unknown-passwords)',
  skipped: 'not moved',
  failed: 'failed',
};

export function asJson(summary: Summary): string {
  const { phase, from, to, issuer, tally, facts, interrupted } = summary;
  const outcomes = Object.fromEntries(
    outcomesOf[phase].map((outcome) => [
      outcome,
      { count: tally.count(outcome), reasons: Object.fromEntries(tally.reasons(outcome)) },
    ]),
  );
  return JSON.stringify(
    { phase, from, to, issuer, interrupted, users: tally.total, outcomes, ...facts },
    null,
    2,
  );
}

export function asText(summary: Summary): string {
  const { phase, from, to, tally, facts, withHashes, interrupted } = summary;
  const lines = outcomesOf[phase].flatMap((outcome) => {
    const count = tally.count(outcome);
    if (count === 0 && outcome !== 'failed') return [];
    if (count === 0 && phase !== 'execute') return [];
    return [
      `  ${String(count).padStart(8)}  ${outcome.padEnd(9)}  ${describe(summary, outcome)}`,
      ...tally
        .reasons(outcome)
        .map(([reason, times]) => `  ${String(times).padStart(8)}             ${reason}`),
    ];
  });
  const hashes = withHashes
    ? [
        `Password hashes: ${facts.importableHashes} bcrypt, to be imported; ${facts.otherHashes} of another kind, which only ` +
          'Supabase can check.',
      ]
    : [];
  return [
    `${phase === 'execute' ? 'Migrated' : 'Plan'}: ${tally.total} users of ${from} -> ${to}`,
    ...lines,
    `Of those that move, ${facts.banned} are banned (created and disabled) and ${facts.unconfirmed} have not confirmed their e-mail.`,
    ...hashes,
    ending(summary, interrupted),
  ].join('\n');
}

function describe({ phase }: Summary, outcome: Outcome): string {
  return phase === 'check' && outcome === 'failed' ? 'would fail' : meaning[outcome];
}

function ending({ phase, tally, rate }: Summary, interrupted: boolean): string {
  if (interrupted) return 'Interrupted. Run the same command again to go on.';
  if (phase !== 'execute')
    return `Nothing was written. --execute does it, in ${duration(tally.count('create') / rate)} or more at ${rate} a second.`;
  return tally.count('failed') > 0
    ? 'Run again after removing the causes: only what failed is tried again. --report names every user.'
    : 'Done. A second run writes nothing.';
}
