import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Outcome {
  readonly result?: unknown;
  readonly error?: string;
  readonly log: string;
}

/**
 * Runs a built function once in a process of its own, as Lambda would: with this environment and no other. The
 * process trusts what NODE_EXTRA_CA_CERTS names, which Node reads only when it starts.
 */
export function invokeBundle(
  directory: string,
  environment: Record<string, string>,
  event: unknown = {},
): Promise<Outcome> {
  const script = `
    const { handler } = require(process.argv[1]);
    const done = (message) => process.send(message, () => process.exit());
    Promise.resolve(handler(JSON.parse(process.argv[2]))).then(
      (result) => done({ result }),
      (error) => done({ error: String(error.message) }),
    );`;
  const child = spawn(
    process.execPath,
    ['-e', script, path.join(directory, 'index.js'), JSON.stringify(event)],
    {
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  return new Promise((resolve, reject) => {
    let log = '';
    let message: Omit<Outcome, 'log'> | undefined;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += chunk));
    child.on('message', (received) => {
      message = received as Omit<Outcome, 'log'>;
    });
    child.on('error', reject);
    child.on('close', () =>
      message ? resolve({ ...message, log }) : reject(new Error(`the function ended:\n${log}`)),
    );
  });
}
