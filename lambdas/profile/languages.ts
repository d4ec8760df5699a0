import { cut, fold, withoutBullet } from './lines';
import { type Profile, profileLimits } from './schema';
import words from './words/languages.json';

const codes = new Map(
  Object.entries(words.names).flatMap(([code, names]) => names.map((name) => [name, code] as const)),
);

const maxLevel = 60;

/** Languages of a section that lists them, with the level that stands beside each. */
export function findLanguages(lines: readonly string[]): Profile['languages'] {
  const found = new Map<string, string | null>();
  for (const line of lines) {
    const text = withoutBullet(line);
    const hits = [...text.matchAll(/\p{L}+/gu)]
      .map((match) => ({ at: match.index, length: match[0].length, code: codes.get(fold(match[0])) }))
      .filter((hit): hit is { at: number; length: number; code: string } => hit.code !== undefined);
    for (const [index, hit] of hits.entries()) {
      if (found.has(hit.code) || found.size === profileLimits.languages) continue;
      const between = text.slice(hit.at + hit.length, hits[index + 1]?.at);
      const level = between
        .replace(/^[\s:,;|()/\u2013\u2014.-]+|[\s:,;|(/\u2013\u2014.-]+$/gu, '')
        .replace(/\)(?=[^(]*$)/, '')
        .trim();
      // `native: German`: the level may stand in front.
      const front =
        hits.length === 1 && level === '' ? /^([^:]{2,40}):/.exec(text.slice(0, hit.at))?.[1] : undefined;
      found.set(hit.code, cut(level || front || '', maxLevel) || null);
    }
  }
  return [...found].map(([code, level]) => ({ code, level }));
}

export function namesLanguage(text: string): boolean {
  return (fold(text).match(/\p{L}+/gu) ?? []).some((word) => codes.has(word));
}
