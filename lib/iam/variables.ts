/** Policy variables: `${aws:PrincipalTag/team}`, with a default `${aws:PrincipalTag/team, 'none'}`, and `${*}` for a `*`. */
import type { RequestContext } from './context';
import type { Piece } from './wildcards';
import { piecesOf } from './wildcards';

interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

/** A value of a policy: its text and wildcards, and what the request fills in. */
export type Template = readonly (Piece | Variable)[];

export interface Reading {
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** Policies of version 2008-10-17 have no variables: `${aws:username}` is text. */
  readonly variables: boolean;
}

const variable = /\$\{\s*(?:([*?$])|([^{},\s][^{},]*?)(?:\s*,\s*'([^']*)')?)\s*\}/g;

export function templateOf(text: string, { wildcards, variables }: Reading): Template {
  const read = (part: string): Piece[] => (part === '' ? [] : wildcards ? piecesOf(part) : [{ text: part }]);
  if (!variables) return read(text);
  const template: (Piece | Variable)[] = [];
  let end = 0;
  for (const found of text.matchAll(variable)) {
    template.push(...read(text.slice(end, found.index)));
    const [whole, character, key, fallback] = found;
    template.push(character ? { text: character } : { key: key as string, fallback });
    end = found.index + whole.length;
  }
  template.push(...read(text.slice(end)));
  return template;
}

const isVariable = (part: Piece | Variable): part is Variable => typeof part === 'object' && 'key' in part;

export const isConstant = (template: Template): template is readonly Piece[] => !template.some(isVariable);

/**
 * What a request fills in is text: a `*` in it is no wildcard.
 * @returns undefined when the request lacks a value and there is no default: nothing matches then
 */
export function fill(template: Template, context: RequestContext): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  for (const part of template) {
    if (!isVariable(part)) {
      pieces.push(part);
      continue;
    }
    const values = context.get(part.key);
    const value = values?.length === 1 ? values[0] : part.fallback;
    if (value === undefined) return undefined;
    pieces.push({ text: value });
  }
  return pieces;
}
