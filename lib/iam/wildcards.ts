/** Patterns of policies: `*` is any text, `?` any character. */

/** A part of a pattern: text as it is, or a wildcard. */
export type Piece = { readonly text: string } | '*' | '?';

/** Where a wildcard ends: nowhere, at a colon of the ARN, or at one unless the wildcard closes its part. */
export type Reach = 'text' | 'arn' | 'resource';

/** The resource itself is the last of the six parts of an ARN, and may have colons. */
const colonsOfAnArn = 5;

export function piecesOf(pattern: string): Piece[] {
  return (pattern.match(/[*?]|[^*?]+/g) ?? []).map((piece) =>
    piece === '*' || piece === '?' ? piece : { text: piece },
  );
}

/** @returns text when there is no wildcard in it: comparing is faster than an expression */
export function matcherOf(pieces: readonly Piece[], reach: Reach): (text: string) => boolean {
  if (pieces.every((piece) => typeof piece === 'object')) {
    const exact = pieces.map((piece) => (piece as { text: string }).text).join('');
    return (text) => text === exact;
  }
  if (pieces.length === 1 && pieces[0] === '*' && reach !== 'arn') return () => true;
  let colons = 0;
  let expression = '';
  pieces.forEach((piece, index) => {
    if (typeof piece === 'object') {
      colons += piece.text.split(':').length - 1;
      expression += piece.text.replace(/[\\^$.|+*?()[\]{}/]/g, '\\$&');
      return;
    }
    const next = pieces[index + 1];
    const closes = next === undefined || (typeof next === 'object' && next.text.startsWith(':'));
    const free =
      reach === 'text' || colons >= colonsOfAnArn || (reach === 'resource' && piece === '*' && closes);
    expression += `${free ? '.' : '[^:]'}${piece === '*' ? '*' : ''}`;
  });
  const regExp = new RegExp(`^${expression.replace(/(\.\*)+/g, '.*')}$`, 'su');
  return (text) => regExp.test(text);
}

/**
 * Whether the whole text is what the pattern describes. Patterns come from templates, or were signed by a key of ours.
 */
export const fits = (pattern: string, text: string): boolean => matcherOf(piecesOf(pattern), 'text')(text);
