/** What pdf.js says about a run of text. The transform ends with its place, y from the bottom. */
export interface TextItem {
  readonly str: string;
  readonly transform: readonly number[];
  readonly height: number;
  readonly hasEOL: boolean;
}

/** The lines of a page in the order of its content, with an empty line where it leaves a gap. */
export function textOfPage(items: readonly TextItem[]): string {
  const lines: string[] = [];
  let line = '';
  let lineTop: number | undefined;
  let lineHeight = 0;
  for (const item of items) {
    const y = item.transform[5] ?? 0;
    if (item.str.trim()) {
      if (line === '' && lineTop !== undefined) {
        const gap = Math.abs(lineTop - y);
        if (gap > 1.9 * Math.max(lineHeight, item.height, 1)) lines.push('');
      }
      lineTop = y;
      lineHeight = item.height;
    }
    line += item.str;
    if (item.hasEOL) {
      lines.push(line);
      line = '';
    }
  }
  if (line) lines.push(line);
  return joinHyphenated(lines.map((text) => text.trimEnd())).join('\n');
}

/** A word that was divided at the end of its line becomes whole; `state-of-` and `Jean-` keep their hyphen. */
function joinHyphenated(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    const start = /^\p{Ll}+[^\s-]*/u.exec(line)?.[0];
    if (last !== undefined && start && /(?:^|[^\p{L}-])\p{L}{2,}[-\u2010\u00ad]$/u.test(last)) {
      joined[joined.length - 1] = last.slice(0, -1) + line;
    } else joined.push(line);
  }
  return joined;
}
