/**
 * Whether the whole text is what the pattern describes: `*` is any text, `?` any character. Patterns come from
 * templates, or were signed by a key of ours.
 */
export function fits(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
