import { fold } from './lines';
import months from './words/months.json';
import words from './words/periods.json';

export interface Period {
  /** As written. */
  readonly from: string | null;
  readonly to: string | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly current: boolean;
  /** The line without it. */
  readonly rest: string;
}

const escaped = (list: readonly string[]): string =>
  [...list]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');

const monthNumber = new Map(
  months.flatMap((names, index) => names.map((name) => [name, index + 1] as const)),
);
const month = `(?:${escaped([...monthNumber.keys()])})\\.?`;
const year = '(?:19[4-9]\\d|20[0-4]\\d)';
const season =
  '(?:spring|summer|autumn|fall|winter|fruhjahr|sommer|herbst|printemps|ete|automne|hiver|primavera|verano|otono|invierno)';

/** One date, the longest form first. `99` alone is no year; `03/99` is none either. */
const date = [
  `\\d{1,2}\\.? ${month},? ${year}`,
  `${month}(?: de| del)?[,']? ?${year}`,
  `${month} \\d{1,2},? ${year}`,
  `${season} ${year}`,
  `\\d{1,2}[./-]\\d{1,2}[./-]${year}`,
  `\\d{1,2} ?[./-] ?${year}`,
  `${year}[./-](?:1[0-2]|0[1-9])(?![\\d])`,
  year,
].join('|');
const now = escaped(words.now);
const since = escaped(words.since);
const until = `-|\u2013|\u2014|~|/|${escaped(words.until)}`;

const before = '(?<![\\p{L}\\d@+#.])';
const after = '(?![\\p{L}\\d@])';
const range = new RegExp(
  `${before}(?:(?:${since}) )?(${date}) ?(?:${until}) ?(?:(?:l'|la |the )?(${now})|(${date}))${after}`,
  'u',
);
/** `03 - 07/2019` and `Jan - Mar 2019`: the year stands once. */
const withinYear = new RegExp(
  `${before}((?:1[0-2]|0?[1-9])|${month}) ?(?:-|\u2013|\u2014) ?((?:1[0-2]|0?[1-9])[./-]${year}|${month} ${year})${after}`,
  'u',
);
const open = new RegExp(`${before}(?:${since}) (${date})${after}`, 'u');
const openEnded = new RegExp(`${before}(${date}) ?(?:-|\u2013|\u2014)(?= *$|[ )\\]]*$)`, 'u');
const single = new RegExp(`${before}(${date})${after}`, 'u');

/** The first period of a line: a range, `since 2019`, or, if `alone` is allowed, a single date. */
export function findPeriod(line: string, { alone = false }: { alone?: boolean } = {}): Period | undefined {
  if (!/\d{4}/.test(line)) return undefined;
  const text = foldInPlace(line);
  const inRange = range.exec(text);
  if (inRange) {
    const [, from, present, to] = inRange;
    return period(line, inRange, { from, to: present ?? to, current: present !== undefined });
  }
  const within = withinYear.exec(text);
  if (within) {
    const [, from, to = ''] = within;
    const found = period(line, within, { from, to, current: false });
    const ofYear = /\d{4}/.exec(to)?.[0];
    return { ...found, start: monthOf(`${from} ${ofYear}`) ?? monthOf(`${from}/${ofYear}`) };
  }
  const ongoing = open.exec(text) ?? openEnded.exec(text);
  if (ongoing) return period(line, ongoing, { from: ongoing[1], to: undefined, current: true });
  const once = alone ? single.exec(text) : undefined;
  return once ? period(line, once, { from: undefined, to: once[1], current: false }) : undefined;
}

/** Folds a line without moving anything in it, so that what is found can be cut from the original. */
function foldInPlace(line: string): string {
  let folded = '';
  for (const character of line) {
    const plain = fold(character);
    folded += plain.length === character.length ? plain : character.toLowerCase().slice(0, character.length);
  }
  return folded.length === line.length ? folded : line.toLowerCase();
}

function period(
  line: string,
  match: RegExpExecArray,
  { from, to, current }: { from: string | undefined; to: string | undefined; current: boolean },
): Period {
  const written = line.slice(match.index, match.index + match[0].length);
  const folded = match[0];
  const part = (value: string | undefined, at: number) =>
    value === undefined ? null : written.slice(at, at + value.length).trim() || null;
  const rest = `${line.slice(0, match.index)}   ${line.slice(match.index + folded.length)}`;
  return {
    from: part(from, from === undefined ? 0 : folded.indexOf(from)),
    to: part(to, to === undefined ? 0 : folded.lastIndexOf(to)),
    start: from === undefined ? null : monthOf(from),
    end: to === undefined || current ? null : monthOf(to),
    current,
    rest: rest
      .replace(/\(\s*\)|\[\s*\]/g, ' ')
      .replace(/^[\s,;:|\u2013\u2014\u00b7-]+|[\s,;:|\u2013\u2014\u00b7(-]+$/gu, ''),
  };
}

/** A folded date as `2019` or `2019-03`. */
function monthOf(text: string): string | null {
  const [ofYear] = /(?:19|20)\d\d/.exec(text) ?? [];
  if (!ofYear) return null;
  const name = /[a-z]+/.exec(text)?.[0] ?? '';
  const named = monthNumber.get(name);
  const numbers = text.replace(ofYear, ' ').match(/\d{1,2}/g) ?? [];
  // Day and month: the month comes second wherever dates are written with dots, and first only in the US.
  const [first, second] = numbers.map(Number);
  const number = named ?? (second !== undefined && second <= 12 ? second : first);
  const valid = name === '' || named !== undefined;
  return valid && number !== undefined && number >= 1 && number <= 12
    ? `${ofYear}-${String(number).padStart(2, '0')}`
    : ofYear;
}
