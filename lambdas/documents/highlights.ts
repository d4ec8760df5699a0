/**
 * Where a text matches, as data and never as markup: nothing in a document can pretend to be a match, and a page that
 * shows the parts as text has nothing to escape.
 */

export interface HighlightPart {
  readonly text: string;
  readonly match: boolean;
}

/** Control characters, which no kept text has: the query takes them out of what it marks as well. */
export const marks = { start: '\u0002', stop: '\u0003', fragment: '\u0004' } as const;

/** Fragments of a headline in their order. None when nothing is marked: then it is only how the text begins. */
export function highlightsOf(headline: string | null): HighlightPart[][] {
  if (!headline?.includes(marks.start)) return [];
  return headline.split(marks.fragment).map(partsOf);
}

function partsOf(fragment: string): HighlightPart[] {
  const parts: HighlightPart[] = [];
  const add = (text: string, match: boolean) => {
    const shown = text.replace(/\s+/gu, ' ');
    if (shown !== '') parts.push({ text: shown, match });
  };
  const [before = '', ...marked] = fragment.split(marks.start);
  add(before.trimStart(), false);
  for (const piece of marked) {
    const stop = piece.indexOf(marks.stop);
    add(stop === -1 ? piece : piece.slice(0, stop), true);
    if (stop !== -1) add(piece.slice(stop + 1), false);
  }
  const last = parts.at(-1);
  if (last && !last.match) parts[parts.length - 1] = { ...last, text: last.text.trimEnd() };
  return parts.filter(({ text }) => text !== '');
}
