import { detectAll } from 'tinyld/light';

/** Less says nothing: names and addresses look like any language. */
const minLetters = 40;
const windowLength = 1500;

/**
 * ISO 639-1, or null when the text is too short or looks like no language. The beginning, the middle and the end vote:
 * one place alone may be a list of names, and one rare word is enough to mislead the detector.
 */
export function languageOf(text: string): string | null {
  const votes = new Map<string, number>();
  for (const words of windowsOf(text).map(wordsOf)) {
    const [best] = isLongEnough(words) ? detectAll(words) : [];
    if (best) votes.set(best.lang, (votes.get(best.lang) ?? 0) + best.accuracy);
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b - a);
  return winner?.[0] ?? null;
}

function windowsOf(text: string): string[] {
  if (text.length <= 3 * windowLength) return [text];
  const places = [0, (text.length - windowLength) / 2, text.length - windowLength].map(Math.floor);
  return places.map((at) => text.slice(at, at + windowLength));
}

/** Without addresses, paths, numbers and signs. */
const wordsOf = (text: string): string =>
  text
    .split(/\s+/)
    .filter((word) => !/[@/\\]/.test(word))
    .join(' ')
    .replace(/[\p{N}\p{P}\p{S}]+/gu, ' ');

function isLongEnough(words: string): boolean {
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  // A character of these scripts is a syllable or a word.
  const dense = words.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  return letters + 3 * dense >= minLetters;
}
