import type { Functions } from './lambda/functions';
import type { Log } from './log';
import type { Trigger } from './system';

/**
 * Runs what a deployment runs before it is complete: the schema migrations.
 *
 * @throws when a function fails, with its error and the last lines it printed
 */
export async function runTriggers(
  triggers: readonly Trigger[],
  functions: Functions,
  log: Log,
): Promise<void> {
  for (const { name, functionArn } of triggers) {
    const result = await functions.invoke(functionArn, {});
    if (result.ok) continue;
    const { label } = functions.definition(functionArn);
    const printed = log.lines.filter(({ source }) => source === label).slice(-10);
    throw new Error(
      `${name} failed, so the system is not ready: ${result.error.errorType}: ${result.error.errorMessage}\n` +
        `${printed.map(({ text }) => `  ${text}`).join('\n')}\n` +
        'Local data of an earlier version can be the reason; npm start -- --fresh starts over without it.',
    );
  }
}
