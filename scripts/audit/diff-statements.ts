/** What changes in what statements allow and deny, in words, however they are divided into statements. */
import { phraseOf } from './actions';
import { type Kind, type PartChange, partChanges, partsOf } from './diff-parts';
import { listed } from './names';
import type { StatementView } from './report';

/** `wider`: more is allowed, or by fewer conditions. `changed`: neither contains the other. */
export type Direction = 'wider' | 'narrower' | 'changed';

export interface Change {
  readonly direction: Direction;
  readonly words: string;
}

/** Who the statements are about, and how a principal of theirs is called. */
export interface Speech {
  /** `documents function`, or `the bucket documents` in policies of resources. */
  readonly subject: string;
  readonly kind: 'identity' | 'trust' | 'resource';
  readonly nameOf: (principal: string) => string;
}

export function changesOf(
  before: readonly StatementView[],
  after: readonly StatementView[],
  speech: Speech,
): readonly Change[] {
  return grouped(partChanges(before.flatMap(partsOf), after.flatMap(partsOf))).map((group) =>
    inWords(group, speech),
  );
}

interface Group extends PartChange {
  readonly actions: readonly string[];
  readonly targets: readonly string[];
  readonly wildcard: boolean;
}

/** Actions on the same resource become one sentence, and then resources of the same actions. */
function grouped(changes: readonly PartChange[]): readonly Group[] {
  const common = ({ kind, part, lost, gained }: PartChange) =>
    [kind, part.deny, part.who, part.conditions, lost, gained].map(String).join('\n');
  const collect = <T>(items: readonly T[], key: (item: T) => string): T[][] => {
    const found = new Map<string, T[]>();
    for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
    return [...found.values()];
  };
  const byTarget = collect(changes, (change) => `${common(change)}\n${change.part.arn}`).flatMap((same) => {
    const [first] = same;
    return first ? [{ first, actions: [...new Set(same.map(({ part }) => part.action))].sort() }] : [];
  });
  return collect(byTarget, ({ first, actions }) => `${common(first)}\n${actions}`).flatMap((same) => {
    const [group] = same;
    if (!group) return [];
    const parts = same.map(({ first }) => first.part);
    return [
      {
        ...group.first,
        actions: group.actions,
        targets: [...new Set(parts.map(({ target }) => target))].filter(Boolean),
        wildcard: group.actions.some(hasWildcard) || parts.some(({ arn }) => hasWildcard(arn)),
      },
    ];
  });
}

const hasWildcard = (text: string): boolean => text.includes('*');

/** More denied is less allowed. */
function directionOf(kind: Kind, deny: boolean): Direction {
  if (kind === 'other conditions') return 'changed';
  return (kind === 'new' || kind === 'fewer conditions') !== deny ? 'wider' : 'narrower';
}

function inWords(group: Group, { subject, kind: about, nameOf }: Speech): Change {
  const { kind, part, actions, targets, lost, gained, wildcard } = group;
  const who = about === 'identity' ? subject : nameOf(part.who);
  const done = about === 'trust' ? `become ${subject}` : deed(actions, targets);
  const what = part.deny ? done.replace('do everything', 'do anything') : done;
  const place = about === 'resource' ? ` by the policy of ${subject}` : '';
  const named = `(${actions.join(', ')}${wildcard && !part.deny && kind === 'new' ? '; a wildcard' : ''})${place}`;
  const only = part.conditions.length > 0 ? `, ${listed(part.conditions)}` : '';
  const said = ((): string => {
    const allowed = `${who} may`;
    const denied = who === 'anybody' ? 'nobody may' : `${who} must not`;
    switch (kind) {
      case 'new':
        return part.deny
          ? `${denied} ${what} any more ${named}${only}`
          : `${allowed} now ${what} ${named}${only}`;
      case 'gone':
        return part.deny
          ? `nothing denies ${who} any more to ${what} ${named}${only}`
          : `${allowed} no longer ${what} ${named}${only}`;
      case 'fewer conditions':
        return `${part.deny ? denied : allowed} ${what} ${named}: without the condition "${listed(lost)}" now`;
      case 'more conditions':
        return `${part.deny ? denied : allowed} ${what} ${named}: now ${listed(gained)}`;
      default:
        return `${part.deny ? denied : allowed} ${what} ${named}: now ${listed(gained)}, before ${listed(lost)}`;
    }
  })();
  return { direction: directionOf(kind, part.deny), words: said };
}

/** `read and delete objects under users/* in the documents bucket`. */
function deed(actions: readonly string[], targets: readonly string[]): string {
  const phrases = actions.map((action) =>
    action.startsWith('everything but ') ? { verb: `do ${action}`, preposition: 'with' } : phraseOf(action),
  );
  const alone = phrases.every((phrase) => 'complete' in phrase && phrase.complete);
  const verbs = [
    ...new Set(phrases.map(({ verb, preposition }) => [verb, preposition].filter(Boolean).join(' '))),
  ];
  return alone ? `${listed(verbs)} anywhere` : `${listed(verbs)} ${listed(targets)}`;
}
