import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** `--fresh` was pointed at files of somebody else. */
export class NotOurDirectoryError extends Error {
  override readonly name = 'NotOurDirectoryError';

  constructor(directory: string) {
    super(
      `--fresh removes ${directory} with everything in it, but no runtime has written there. ` +
        'Remove it yourself if that is meant, or choose another directory: npm start -- --state <directory>',
    );
  }
}

/**
 * Removes all local data. What every start writes first, its log, tells a state directory from a home directory that
 * a slip of the hand put behind `--state`; `.landfall` itself is ours whatever is in it.
 *
 * @throws {NotOurDirectoryError}
 */
export function removeState(directory: string): void {
  const entries = entriesOf(directory);
  const ours =
    entries.length === 0 || entries.includes('runtime.log') || path.basename(directory) === '.landfall';
  if (!ours) throw new NotOurDirectoryError(directory);
  rmSync(directory, { recursive: true, force: true });
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
