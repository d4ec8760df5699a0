/** What a run ends with on stdout, for people or as JSON. */
import { duration } from '../migrate/progress';
import type { Letter } from './letter';
import { nameOf } from './queue';
import type { Redrive } from './run';

export interface Summary {
  readonly queue: string;
  readonly source: string;
  readonly deadLetters: string;
  readonly execute: boolean;
  readonly now: Date;
  readonly redrive: Redrive;
}

export function asJson({ queue, source, deadLetters, execute, now, redrive }: Summary): string {
  const { letters, moved, others, again, interrupted } = redrive;
  return JSON.stringify(
    {
      queue,
      source,
      deadLetters,
      execute,
      interrupted,
      found: letters.length,
      moved,
      others,
      again,
      letters: letters.map((letter) => ({
        id: letter.id,
        reason: letter.reason ?? null,
        error: letter.error ?? null,
        key: letter.key ?? null,
        sentAt: letter.sentAt?.toISOString() ?? null,
        ageSeconds: ageOf(letter, now) ?? null,
        receives: letter.receives,
      })),
    },
    null,
    2,
  );
}

export function asText(summary: Summary): string {
  const { deadLetters, execute, now, redrive } = summary;
  const { letters, moved, others, again, interrupted } = redrive;
  const rows = letters.map((letter) => {
    const age = ageOf(letter, now);
    return [
      letter.reason ?? 'none',
      age === undefined ? '-' : duration(age),
      String(letter.receives),
      visible(letter.key ?? letter.id),
      visible(letter.error ?? ''),
    ];
  });
  return [
    execute
      ? `${moved} of ${counted(letters.length)} of ${nameOf(deadLetters)} moved back to ${nameOf(summary.source)}`
      : `${counted(letters.length)} in ${nameOf(deadLetters)}`,
    ...(rows.length > 0 ? table([['REASON', 'AGE', 'RECEIVED', 'KEY', 'ERROR'], ...rows]) : []),
    ...(others > 0 ? [`${others} more seen, with other reasons or above --limit.`] : []),
    ...(again > 0
      ? [`${again} left, equal to one that was moved: most likely it has failed again. See the worker’s log.`]
      : []),
    ending(execute, letters.length, interrupted),
  ].join('\n');
}

function ending(execute: boolean, found: number, interrupted: boolean): string {
  if (interrupted) return 'Interrupted. Run the same command again to go on.';
  if (execute) return 'Done. What fails again comes back as a dead letter.';
  return found > 0 ? 'Nothing was moved. --execute does it.' : 'There is nothing to move.';
}

const ageOf = ({ sentAt }: Letter, now: Date): number | undefined =>
  sentAt && Math.max(0, Math.round((now.getTime() - sentAt.getTime()) / 1000));

/** Longer errors are shown by --json. */
const longestCell = 120;

/** Keys and errors come from files of strangers: nothing in them may steer a terminal. */
function visible(text: string): string {
  const line = text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > longestCell ? `${line.slice(0, longestCell - 1)}…` : line;
}

const counted = (count: number): string => (count === 1 ? '1 dead letter' : `${count} dead letters`);

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
