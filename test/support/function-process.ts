import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Outcome {
  readonly result?: unknown;
  readonly error?: string;
  /** What the process wrote, for all of its events. */
  readonly log: string;
}

/** Runs a built function once, in a process of its own. */
export async function invokeBundle(
  directory: string,
  environment: Record<string, string>,
  event: unknown = {},
): Promise<Outcome> {
  const [outcome] = await invokeBundleInTurn(directory, environment, [event]);
  return outcome as Outcome;
}

/**
 * Runs a built function for one event after the other, in a process of its own, as Lambda would: with this
 * environment and no other. The process trusts what NODE_EXTRA_CA_CERTS names, which Node reads when it starts.
 */
export function invokeBundleInTurn(
  directory: string,
  environment: Record<string, string>,
  events: readonly unknown[],
): Promise<Outcome[]> {
  const script = `
    const { handler } = require(process.argv[1]);
    (async () => {
      const outcomes = [];
      for (const event of JSON.parse(process.argv[2])) {
        outcomes.push(await handler(event).then((result) => ({ result }), (error) => ({ error: String(error.message) })));
      }
      process.send(outcomes, () => process.exit());
    })();`;
  const child = spawn(
    process.execPath,
    ['-e', script, path.join(directory, 'index.js'), JSON.stringify(events)],
    { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  return new Promise((resolve, reject) => {
    let log = '';
    let outcomes: Omit<Outcome, 'log'>[] | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        log += chunk;
      });
    }
    child.on('message', (received) => {
      outcomes = received as Omit<Outcome, 'log'>[];
    });
    child.on('error', reject);
    child.on('close', () =>
      outcomes
        ? resolve(outcomes.map((outcome) => ({ ...outcome, log })))
        : reject(new Error(`the function ended:\n${log}`)),
    );
  });
}
