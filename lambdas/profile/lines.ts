/** Far above any resume; what comes after it is not looked at. */
const maxCharacters = 300_000;
const maxLines = 5_000;
/** Every rule is a regular expression over one line: their lengths bound its time. */
const maxLineLength = 400;

export interface Lines {
  readonly lines: readonly string[];
  readonly truncated: boolean;
}

/** The lines of a text, without what differs between writers: kinds of spaces and dashes, ligatures, soft hyphens. */
export function readLines(text: string): Lines {
  const kept = text.slice(0, maxCharacters);
  let cut = kept.length < text.length;
  const lines: string[] = [];
  for (const raw of kept.split(/\r\n|[\n\r\f\v\u2028\u2029]/)) {
    const line = clean(raw.slice(0, maxLineLength * 2));
    if (line === '') continue;
    if (lines.length === maxLines) {
      cut = true;
      break;
    }
    if (line.length > maxLineLength) cut = true;
    lines.push(line.slice(0, maxLineLength));
  }
  return { lines, truncated: cut };
}

function clean(raw: string): string {
  return (
    raw
      .replace(/[\ufb00-\ufb06]/g, (ligature) => ligature.normalize('NFKC'))
      .normalize('NFC')
      .replace(/\t/g, '   ')
      // Markdown's emphasis and headings.
      .replace(/\*\*|__|^#{1,6} /g, '')
      .replace(/[\p{Cc}\p{Cs}\u00ad\u200b-\u200f\u2060\ufeff]/gu, '')
      .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
      .replace(/[\u2010-\u2012\u2212]/g, '-')
      .replace(/[\u2018\u2019\u02bc]/g, "'")
      .trim()
  );
}

/** A text as it is compared: lower case, no accents, no sharp s. */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replace(/ß/g, 'ss');
}

const bullet =
  /^(?:[\u2022\u2023\u25aa\u25cf\u25cb\u25a0\u25e6\u2043\u00b7*\u2713\u27a2\uf0b7o>]|[-\u2013\u2014])\s+/u;

export const isBullet = (line: string): boolean => bullet.test(line);

export const withoutBullet = (line: string): string => line.replace(bullet, '');

/** `S K I L L S` is how some headings and names are set. Words are then apart by more than one space. */
export function closeUp(line: string): string {
  if (!/^(?:\S ){2,}\s*\S/u.test(line)) return line;
  const words = line.split(/\s{2,}/);
  if (!words.every((word) => word.split(' ').every((part) => [...part].length === 1))) return line;
  return words.map((word) => word.replace(/ /g, '')).join(' ');
}

/** At most so many UTF-16 units, and no half of a character, which a database would refuse. */
export const cut = (text: string, length: number): string => text.slice(0, length).replace(/\p{Cs}/gu, '');
