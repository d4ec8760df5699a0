/** What a reader of one format hands over; language and cleaning are the same for all. */
export interface Reading {
  readonly text: string;
  readonly pages: number | null;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly truncated: boolean;
}

/** Collects text up to a limit: what is over is dropped at once, so that it never costs memory. */
export class TextCollector {
  private readonly parts: string[] = [];
  private length = 0;
  truncated = false;

  constructor(private readonly limit: number) {}

  get full(): boolean {
    return this.length >= this.limit;
  }

  add(part: string): void {
    if (part.length === 0) return;
    const room = this.limit - this.length;
    const taken = part.length > room ? part.slice(0, room) : part;
    if (taken.length < part.length) this.truncated = true;
    if (taken.length === 0) return;
    this.parts.push(taken);
    this.length += taken.length;
  }

  toString(): string {
    return this.parts.join('');
  }
}

const ligatures: Readonly<Record<string, string>> = {
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'st',
  ﬆ: 'st',
};

/**
 * Text as a reader expects it: words whole, no trailing blanks, at most one empty line in a row. Nothing that
 * Postgres refuses stays (NUL, half a surrogate pair), and a form feed means the end of a page and nothing else.
 */
export function cleanText(text: string): string {
  return (
    text
      .replace(/\p{Cs}/gu, '\ufffd')
      .replace(/\r\n?|[\u2028\u2029\u0085\v]/g, '\n')
      .replace(/[ﬀ-ﬆ]/g, (ligature) => ligatures[ligature] ?? ligature)
      .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
      // Line breaks inside a word: the mark is invisible unless the line ends there.
      .replace(/\u00ad\n?/g, '')
      // Control characters, zero-width blanks, marks of byte order: a list of the others is three times as fast.
      .replace(/[^\t\n\f -~\u00a1-\u200a\u200c-\u205f\u2061-\ufefe\uff00-\ufffd]/g, '')
      .split('\f')
      .map(cleanPage)
      .join('\f')
  );
}

/** By lines: a pattern for blanks before the end of a line would try every blank of a long run anew. */
const cleanPage = (page: string): string =>
  page
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();

export const hasText = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
