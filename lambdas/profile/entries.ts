import { closeUp, cut, fold, isBullet, withoutBullet } from './lines';
import { findPeriod, type Period } from './periods';
import { type ProfileEntry, profileLimits } from './schema';
import words from './words/roles.json';

export type Kind = 'experience' | 'education';

const organisations = new Set(words.organisation);
const titles: Record<Kind, ReadonlySet<string>> = {
  experience: new Set(words.title),
  education: new Set([...words.degree]),
};

/**
 * Entries of a resume without headings: lines that hold a period and what it is about, told apart by words of degrees
 * and schools.
 */
export function readLooseEntries(lines: readonly string[]): Record<Kind, ProfileEntry[]> {
  const found: Record<Kind, ProfileEntry[]> = { experience: [], education: [] };
  for (const line of lines) {
    const period = line.length <= maxHeadLength && !isBullet(line) ? findPeriod(line) : undefined;
    const parts = period ? split(period.rest) : [];
    if (!period || parts.length < 2) continue;
    const kind = parts.some((part) => classOf(part, 'education') === 'title') ? 'education' : 'experience';
    if (!isNamed(parts, kind) || found[kind].length === profileLimits.entries) continue;
    found[kind].push(entry(parts, period, kind));
  }
  return found;
}

interface Dated {
  readonly at: number;
  readonly period: Period;
}

/** Longer lines, and those that end as a sentence does, tell about an entry and do not name it. */
const maxHeadLength = 110;

/**
 * Entries of a section: wherever a line has a period. Resumes put position and employer into that line, before it,
 * or after it, and do so alike for all their entries, so the first entry shows where to look.
 */
export function readEntries(lines: readonly string[], kind: Kind): ProfileEntry[] {
  const dated: Dated[] = [];
  for (const [at, line] of lines.entries()) {
    const text = withoutBullet(line);
    const period = text.length <= 200 ? findPeriod(text, { alone: kind === 'education' }) : undefined;
    if (period && !(isBullet(line) && period.rest.split(' ').length > 14)) dated.push({ at, period });
    if (dated.length === profileLimits.entries) break;
  }
  // Where entries stand in plain lines, a period in a list belongs to what is told about one.
  const plain = dated.filter(({ at }) => !isBullet(lines[at] as string));
  return entriesAt(lines, plain.length > 0 ? plain : dated, kind);
}

function entriesAt(lines: readonly string[], dated: readonly Dated[], kind: Kind): ProfileEntry[] {
  const first = dated[0];
  if (!first) return [];
  const lead = Math.min(2, lines.slice(0, first.at).filter(isHead).length);
  const dates = new Set(dated.map(({ at }) => at));
  return dated.map(({ at, period }, index) => {
    const parts = [
      ...leading(lines, at, lead, index === 0 ? -1 : (dated[index - 1] as Dated).at),
      ...split(period.rest),
    ];
    const end = Math.min(dated[index + 1]?.at ?? lines.length, at + 4);
    // What leads the next entry is not part of this one.
    const last = dated[index + 1] ? end - (end === dated[index + 1]?.at ? lead : 0) : end;
    for (let next = at + 1; next < last && !isNamed(parts, kind); next++) {
      const line = lines[next] as string;
      if (!isHead(line) || dates.has(next)) break;
      parts.push(...split(line));
    }
    return entry(parts, period, kind);
  });
}

function leading(lines: readonly string[], at: number, lead: number, after: number): string[] {
  const found: string[] = [];
  for (let before = at - 1; before > after && found.length < lead; before--) {
    const line = lines[before] as string;
    if (!isHead(line)) break;
    found.unshift(line);
  }
  return found.flatMap(split);
}

function isHead(line: string): boolean {
  return (
    !isBullet(line) &&
    line.length <= maxHeadLength &&
    !/[.;!?]$/.test(line.replace(/\b(?:inc|ltd|co|corp|e\.v|s\.a|s\.l)\.$/i, ''))
  );
}

/** Enough to tell a title from an organisation. */
function isNamed(parts: readonly string[], kind: Kind): boolean {
  const classes = parts.map((part) => classOf(part, kind));
  return (
    parts.length >= 2 && (classes.includes('title') || classes.includes('organisation') || parts.length >= 3)
  );
}

function split(text: string): string[] {
  return closeUp(text)
    .split(
      /\s{2,}|\s?[|\u2022\u00b7;]\s?|\s[\u2013\u2014-]{1,2}\s|(?<=[\p{L}\d).]),\s|:\s|\s@\s|\s(?:at|bei der|bei|chez)\s(?=\p{Lu})/u,
    )
    .map((part) => part.replace(/^[\s,;:()\u2013\u2014-]+|[\s,;:(\u2013\u2014-]+$/gu, '').trim())
    .filter((part) => /\p{L}{2}/u.test(part))
    .slice(0, 8);
}

function classOf(part: string, kind: Kind): 'title' | 'organisation' | undefined {
  const tokens = fold(part)
    .split(/[\s/()]+/)
    .map((token) => token.replace(/[,:]$/, ''));
  const isTitle = tokens.some(
    (token) => titles[kind].has(token) || titles[kind].has(token.replace(/[.*]?(?:in)?$/, '')),
  );
  const isOrganisation = tokens.some((token) => organisations.has(token));
  if (isTitle === isOrganisation) {
    if (!isTitle) return undefined;
    // `Software Engineer` has words of both: what a title ends with, or begins with, decides.
    return titles[kind].has(tokens.at(-1) as string) || titles[kind].has(tokens[0] as string)
      ? 'title'
      : 'organisation';
  }
  return isTitle ? 'title' : 'organisation';
}

function entry(parts: readonly string[], period: Period, kind: Kind): ProfileEntry {
  const classes = parts.map((part) => classOf(part, kind));
  let title = classes.indexOf('title');
  let organisation = classes.indexOf('organisation');
  const other = (taken: number) =>
    parts.findIndex((_, index) => index !== taken && classes[index] === undefined);
  if (title < 0 && organisation < 0 && parts.length > 0) {
    title = 0;
    organisation = parts.length > 1 ? 1 : -1;
  } else if (title < 0) {
    title = other(organisation);
  } else if (organisation < 0) {
    organisation = other(title);
  }
  const { from, to, start, end, current } = period;
  return {
    title: text(parts[title]),
    organisation: text(parts[organisation]),
    from: text(from),
    to: text(to),
    start,
    end,
    current,
  };
}

const text = (value: string | null | undefined): string | null =>
  cut(value ?? '', profileLimits.text) || null;
