/** The parts of statements, and which of them come, go, or get other conditions. */
import { listed } from './names';
import type { StatementView } from './report';

/** The smallest part of a statement: one action on one resource for one principal. */
export interface Part {
  readonly deny: boolean;
  /** Empty in policies of roles. */
  readonly who: string;
  readonly action: string;
  readonly arn: string;
  /** The resource in words. */
  readonly target: string;
  readonly conditions: readonly string[];
}

export type Kind = 'new' | 'gone' | 'fewer conditions' | 'more conditions' | 'other conditions';

export interface PartChange {
  readonly kind: Kind;
  readonly part: Part;
  /** Conditions in words, as far as the kind has any. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

export function partsOf({
  effect,
  actions,
  targets,
  principals,
  conditions,
  words,
}: StatementView): readonly Part[] {
  const excluded = actions.filter((action) => action.startsWith('not ')).map((action) => action.slice(4));
  // The list of what is left out counts as a whole: a shorter one allows more.
  const named = excluded.length > 0 ? [`everything but ${listed([...excluded].sort())}`] : actions;
  // NotResource and NotPrincipal are in the words only.
  const inverted = excluded.length === 0 && /\b(?:everything|everybody|nobody) but\b/.test(words);
  const whole = [{ arn: words, words }];
  const on = inverted ? whole : targets.length > 0 ? targets : [{ arn: '', words: '' }];
  const who = principals.length > 0 ? principals : [''];
  return who.flatMap((principal) =>
    named.flatMap((action) =>
      on.map(({ arn, words: target }) => ({
        ...{ deny: effect === 'Deny', who: principal, action, arn, target },
        conditions: [...conditions].sort(),
      })),
    ),
  );
}

const keyOf = ({ deny, who, action, arn }: Part): string =>
  [deny ? 'deny' : 'allow', who, action.toLowerCase(), arn].join('\n');

function byKey(parts: readonly Part[]): ReadonlyMap<string, readonly Part[]> {
  const found = new Map<string, Part[]>();
  for (const part of parts) found.set(keyOf(part), [...(found.get(keyOf(part)) ?? []), part]);
  return found;
}

const within = (some: readonly string[], others: readonly string[]): boolean =>
  some.every((one) => others.includes(one));
const without = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((one) => !others.includes(one));

const same = (some: readonly string[], others: readonly string[]): boolean =>
  within(some, others) && within(others, some);

/** Whether the first already says what the second says: by a wildcard, and by no condition that it has alone. */
function covers(wide: Part, narrow: Part): boolean {
  return (
    wide.deny === narrow.deny &&
    (wide.who === narrow.who || wide.who === 'anybody') &&
    matches(wide.action.toLowerCase(), narrow.action.toLowerCase()) &&
    matches(wide.arn, narrow.arn) &&
    within(wide.conditions, narrow.conditions)
  );
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\?]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

export function partChanges(before: readonly Part[], after: readonly Part[]): readonly PartChange[] {
  const [old, current] = [byKey(before), byKey(after)];
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((key): PartChange[] => {
    const [was, is] = [old.get(key) ?? [], current.get(key) ?? []];
    const gained = is.filter((part) => !before.some((other) => covers(other, part)));
    const lost = was.filter((part) => !after.some((other) => covers(other, part)));
    const [first] = gained;
    const [last] = lost;
    // What is left as it was is beside what came or went: nothing of it got other conditions.
    const kept = (some: readonly Part[], others: readonly Part[]) =>
      some.every((part) => others.some((other) => same(part.conditions, other.conditions)));
    if (!last && kept(was, is)) return gained.map((part) => ({ kind: 'new', part, lost: [], gained: [] }));
    if (!first && kept(is, was)) return lost.map((part) => ({ kind: 'gone', part, lost: [], gained: [] }));
    const [a, b] = [was[0]?.conditions ?? [], is[0]?.conditions ?? []];
    if (first && last)
      return [
        {
          kind: 'other conditions',
          part: first,
          lost: without(last.conditions, first.conditions),
          gained: without(first.conditions, last.conditions),
        },
      ];
    if (first)
      return [{ kind: 'fewer conditions', part: first, lost: without(a, first.conditions), gained: [] }];
    return last
      ? [{ kind: 'more conditions', part: last, lost: [], gained: without(b, last.conditions) }]
      : [];
  });
}
