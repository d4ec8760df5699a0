import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Set by `npm run golden`: differences are printed and then agreed to, instead of refused. */
const rewriting = process.env.LANDFALL_GOLDEN === 'write';

/**
 * Compares a value with a file of the repository that a person has agreed to.
 *
 * @param consequence what a difference means, for the person who has to decide whether it is meant
 * @param describe says in a line each what has changed
 */
export function expectGolden(
  file: string,
  value: unknown,
  consequence: string,
  describe = differingLines,
  rewrite = rewriting,
): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const name = path.relative(path.resolve(__dirname, '../..'), file);
  const agreed = existsSync(file) ? readFileSync(file, 'utf8') : '{}\n';
  if (agreed === text) return;
  const changes = describe(JSON.parse(agreed), JSON.parse(text)).map((change) => `  - ${change}`);
  if (rewrite) {
    process.stderr.write(`${[`${name} is written anew. ${consequence}`, '', ...changes].join('\n')}\n\n`);
    writeFileSync(file, text);
    return;
  }
  throw new Error(
    [
      `${name} no longer matches. ${consequence}`,
      '',
      ...changes,
      '',
      'If every one of these is meant, run "npm run golden" and commit the file with the reason.',
    ].join('\n'),
  );
}

/** Every leaf that differs, as `path: before -> after`. */
function differingLines(before: unknown, after: unknown, at = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isTree = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null;
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = before.filter((entry) => !after.includes(entry));
    const come = after.filter((entry) => !before.includes(entry));
    return [...gone.map((entry) => `${at}: gone: ${entry}`), ...come.map((entry) => `${at}: new: ${entry}`)];
  }
  if (!isTree(before) || !isTree(after)) {
    return [
      `${at}: was ${JSON.stringify(before) ?? 'not there'}, is ${JSON.stringify(after) ?? 'not there'}`,
    ];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differingLines(before[key], after[key], at ? `${at}.${key}` : key));
}
