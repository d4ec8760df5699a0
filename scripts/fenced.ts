/** Text of templates within Markdown. */

/**
 * A block of code that its text cannot end: its fence is longer than any in the text, so that a template cannot go on as
 * Markdown.
 * @param most characters that are shown; what is longer is cut, and says by how much
 * @param language for colours. @default none
 */
export function fenced(text: string, most: number, language = ''): string {
  const shown =
    text.length > most ? `${text.slice(0, most)}\n... cut, ${text.length - most} more characters` : text;
  const fence = '`'.repeat(Math.max(3, ...(shown.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return `${fence}${language}\n${shown.trim()}\n${fence}`;
}
