/** What the filter understands, and which statements and rows it leaves. No DOM: the browser and the tests use it. */

/** What can be found of a statement: each field in lower case. */
export interface Searchable {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: string;
  readonly service: string;
  readonly stack: string;
  readonly text: string;
}

export interface Facts {
  readonly deny: boolean;
  readonly wildcards: boolean;
  readonly unused: boolean;
  readonly condition: boolean;
}

export type Facet = 'allow' | 'deny' | 'wildcards' | 'unused' | 'condition' | 'unconditional';
export const facets: readonly Facet[] = [
  'allow',
  'deny',
  'wildcards',
  'unused',
  'condition',
  'unconditional',
];

export interface Filter {
  readonly text: string;
  readonly facets: readonly Facet[];
  readonly stack: string;
}

export const nothingFiltered: Filter = { text: '', facets: [], stack: '' };

export interface Term {
  readonly field: Exclude<keyof Searchable, 'text'> | 'text';
  readonly value: string;
  readonly negated: boolean;
}

const fields = new Set(['principal', 'action', 'resource', 'condition', 'service', 'stack']);

/** Words that must all occur: `s3 -principal:"documents function" action:s3:Get`. */
export function termsOf(text: string): Term[] {
  return [...text.toLowerCase().matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/g)].flatMap(
    ([whole, minus, name = '', phrase, word = '']) => {
      const negated = minus === '-' && whole.length > 1;
      const known = fields.has(name);
      // While somebody types, the name of a field is there before anything to look for.
      if (word.endsWith(':') && fields.has(word.slice(0, -1))) return [];
      const rest = phrase ?? word;
      const value = known || !name ? rest : `${name}:${rest}`;
      if (!value) return [];
      return [{ field: known ? (name as Term['field']) : 'text', value, negated }];
    },
  );
}

export function matchesText(terms: readonly Term[], item: Searchable): boolean {
  return terms.every(({ field, value, negated }) => item[field].includes(value) !== negated);
}

/** A row of another table: it has a text and a stack, and none of the other fields. */
export function matchesRow(terms: readonly Term[], text: string): boolean {
  return terms.every(({ field, value, negated }) =>
    negated && field !== 'text' ? true : text.includes(value) !== negated,
  );
}

export function matchesFacets(chosen: readonly Facet[], facts: Facts): boolean {
  const has = (facet: Facet) => chosen.includes(facet);
  if (has('allow') !== has('deny') && facts.deny !== has('deny')) return false;
  if (has('condition') !== has('unconditional') && facts.condition !== has('condition')) return false;
  return (!has('wildcards') || facts.wildcards) && (!has('unused') || facts.unused);
}

/** Adds a term to the text, or takes it out when it is there. */
export function toggled(text: string, term: string): string {
  const without = ` ${text} `.replace(` ${term} `, ' ').trim();
  return without === text.trim() ? [text.trim(), term].filter(Boolean).join(' ') : without;
}

/** The filter as the fragment of an address; empty when nothing is filtered. */
export function toHash({ text, facets, stack }: Filter): string {
  const parameters = new URLSearchParams();
  if (text.trim()) parameters.set('q', text.trim());
  if (facets.length > 0) parameters.set('only', facets.join(','));
  if (stack) parameters.set('stack', stack);
  return parameters.size === 0 ? '' : `#${parameters}`;
}

/** Undefined when the fragment names a place of the page instead of a filter. */
export function fromHash(hash: string): Filter | undefined {
  if (hash.length > 1 && !hash.includes('=')) return undefined;
  const parameters = new URLSearchParams(hash.slice(1));
  const only = (parameters.get('only') ?? '').split(',');
  return {
    text: parameters.get('q') ?? '',
    facets: facets.filter((facet) => only.includes(facet)),
    stack: parameters.get('stack') ?? '',
  };
}
