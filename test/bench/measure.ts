/** What every benchmark shares: runs in turn, medians, ratios against a named reference, a table and a JSON file. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Row {
  readonly what: string;
  /** Named figures, for example `{ 'cpu s': 2.1, 'ratio': 1.9 }`. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Result {
  readonly topic: string;
  /** What the ratios are against. */
  readonly reference: string;
  readonly goal: string;
  readonly rows: readonly Row[];
}

export interface Topic {
  readonly name: string;
  readonly run: (runs: number) => Promise<Result>;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  if (value === undefined) throw new Error('quantile of no values');
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/**
 * CPU seconds (user + system) of a command and all its children, by the shell's own `times`, which counts
 * waited-for children: Node's resourceUsage() knows only its own process.
 */
export function cpuSeconds(command: string, options: { cwd: string; env?: NodeJS.ProcessEnv }): number {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `${command} >/dev/null || exit 1; times`], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} failed:\n${stderr}`);
  const children = stdout.trim().split('\n').at(-1) ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
    .reduce((sum, value) => sum + value, 0);
}

/** Runs the candidates in turn (A B A B ...), so that a drift of the machine falls on all of them alike. */
export async function inTurn<K extends string>(
  runs: number,
  candidates: Record<K, () => number | Promise<number>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(candidates) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let run = 0; run < runs; run++) {
    for (const name of names) samples[name].push(await candidates[name]());
  }
  return samples;
}

export function report(result: Result, directory: string): void {
  const columns = [...new Set(result.rows.flatMap((row) => Object.keys(row.figures)))];
  const lines = [
    ['', ...columns],
    ...result.rows.map((row) => [row.what, ...columns.map((column) => String(row.figures[column] ?? ''))]),
  ];
  const widths =
    lines[0]?.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0))) ?? [];
  const text = lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
  console.log(`\n${result.topic}\n  reference: ${result.reference}\n  goal: ${result.goal}\n\n${text}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, `${result.topic}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
