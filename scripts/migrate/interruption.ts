import { setMaxListeners } from 'node:events';
import { exit } from './command';

interface Interruptible {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** Some launchers pass on the Ctrl-C that the terminal has sent already: one within this time is the same one. */
const echoMs = 300;

/** The first Ctrl-C asks to stop and aborts the signal; a later one stops at once, which no command minds either. */
export function listenForInterrupts(process: Interruptible, now: () => number = Date.now): AbortSignal {
  const interruption = new AbortController();
  // Everything that waits listens to it.
  setMaxListeners(0, interruption.signal);
  let first: number | undefined;
  const interrupt = () => {
    if (first !== undefined) {
      if (now() - first > echoMs) process.exit(exit.interrupted);
      return;
    }
    first = now();
    process.stderr.write('\nStopping after what is in flight. Press Ctrl-C again to stop at once.\n');
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return interruption.signal;
}
