import { namesLanguage } from './languages';
import { closeUp, fold, isBullet } from './lines';
import headings from './words/headings.json';

export type SectionName = keyof typeof headings;

export interface Section {
  /** `head` is what stands before the first heading. */
  readonly name: SectionName | 'head';
  readonly lines: string[];
}

const sectionOf = new Map<string, SectionName>(
  Object.entries(headings).flatMap(([name, words]) =>
    words.map((word) => [word, name as SectionName] as const),
  ),
);

const maxHeadingLength = 60;

/** Divides a resume at its headings, which stand alone in a line or before a colon. */
export function divide(lines: readonly string[]): Section[] {
  const sections: Section[] = [{ name: 'head', lines: [] }];
  for (const line of lines) {
    const heading = headingOf(line);
    if (heading) {
      sections.push({ name: heading.name, lines: heading.rest === '' ? [] : [heading.rest] });
    } else {
      const row = rowOf(line);
      // A row of a table is a section of one line.
      if (row) sections.push(row, { name: 'head', lines: [] });
      else sections.at(-1)?.lines.push(line);
    }
  }
  return sections;
}

export function headingOf(line: string): { name: SectionName; rest: string } | undefined {
  const whole = named(line);
  if (whole) return { name: whole, rest: '' };
  const colon = line.indexOf(':');
  // A name before a colon opens a section only where what follows is a list: `Summary: ...` inside an entry is text.
  if (colon < 1 || colon > maxHeadingLength || isBullet(line)) return undefined;
  const name = named(line.slice(0, colon));
  const rest = line.slice(colon + 1).trim();
  // `Languages: Java, Python` is a line of a list of skills.
  if (name === 'languages') return rest === '' || namesLanguage(rest) ? { name, rest } : undefined;
  return name === 'skills' ? { name, rest } : undefined;
}

/** `Skills Java, Python`: a table with the heading in its first column. */
function rowOf(line: string): Section | undefined {
  const [first = '', second = ''] = line.split(' ', 2);
  for (const heading of [first, `${first} ${second}`]) {
    const rest = line.slice(heading.length).trim();
    if (!/^\p{Lu}/u.test(heading) || !rest.includes(',')) continue;
    const name = named(heading);
    if (name === 'skills' || (name === 'languages' && namesLanguage(rest))) return { name, lines: [rest] };
  }
  return undefined;
}

function named(text: string): SectionName | undefined {
  if (text.length > maxHeadingLength * 2) return undefined;
  const words = fold(closeUp(text))
    .replace(/^[\s\d.)#=*_\-\u2013\u2014|~:\u25a0\u25aa\u25cf]+|[\s:=*_.\-\u2013\u2014|~#]+$/gu, '')
    .replace(/['/\-_]/g, ' ')
    .replace(/\s+/g, ' ');
  if (words === '' || words.length > maxHeadingLength) return undefined;
  const found = sectionOf.get(words);
  if (found) return found;
  // `Education & Training`, `Sprachen und Interessen`: what comes first counts.
  const [first = '', second] = words.split(/ (?:&|and|und|et|y|e|\+) |\s*[,&+]\s*/);
  return second === undefined ? undefined : sectionOf.get(first.trim());
}

/** All lines of sections of one name. */
export function linesOf(sections: readonly Section[], name: Section['name']): string[] {
  return sections.filter((section) => section.name === name).flatMap(({ lines }) => lines);
}
