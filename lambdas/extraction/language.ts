import { detectAll } from 'tinyld/light';

/** Less says nothing: names and addresses look like any language. */
const minLetters = 40;
const sampleLength = 6000;

/** ISO 639-1, or null when the text is too short or looks like no language. */
export function languageOf(text: string): string | null {
  // The middle is prose more often than the beginning, which is names, numbers and a table of contents.
  const start = Math.max(0, Math.floor((text.length - sampleLength) / 2));
  const sample = text
    .slice(start, start + sampleLength)
    .replace(/\S*[@/\\]\S*|[\p{N}\p{P}\p{S}]+/gu, ' ')
    .replace(/\s+/g, ' ');
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  // A character of these scripts is a syllable or a word.
  const dense = sample.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  if (letters + 3 * dense < minLetters) return null;
  return detectAll(sample)[0]?.lang || null;
}
