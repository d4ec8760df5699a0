import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Owner } from './owners';

/** Key of the metadata of a construct, beside what the CDK itself keeps: reasons alone. */
export const acknowledgementsKey = 'landfall:acknowledgements';

/** What the metadata of a construct has of one finding that was accepted. */
export interface RecordedAcknowledgement {
  /** As in the validation report, for example `AwsSolutions::AwsSolutions-RDS11`. */
  readonly id: string;
  /** As the packs print it, for example `AwsSolutions-RDS11`, or `Landfall::reference-strength`. */
  readonly rule: string;
  readonly reason: string;
  /** Area that answers for it. Absent in stacks that are not ours. */
  readonly owner?: Owner | undefined;
  /** Day on which it was accepted, `2026-11-26`. */
  readonly date: string;
}

export interface Acknowledged extends RecordedAcknowledgement {
  /** Path of the construct. */
  readonly path: string;
  /** Whether it silences a finding in this assembly. */
  readonly used: boolean;
}

/** Everything that was accepted in an assembly, in the order of its stacks and constructs. */
export function acknowledgementsIn(assembly: string): Acknowledged[] {
  const used = new Set(usedIn(assembly));
  return metadataFiles(assembly).flatMap((file) =>
    Object.entries(readJson<Record<string, Metadata[]>>(path.join(assembly, file))).flatMap(([at, entries]) =>
      entries
        .filter(({ type }) => type === acknowledgementsKey)
        .flatMap(({ data }) => data as RecordedAcknowledgement[])
        .map((recorded) => {
          const place = at.replace(/^\//, '');
          return { ...recorded, path: place, used: used.has(key(recorded.id, place)) };
        }),
    ),
  );
}

/** Whether somebody has to look at it again: a year after it was accepted. Days as `2026-11-26`. */
export function reviewDue({ date }: Pick<RecordedAcknowledgement, 'date'>, today: string): boolean {
  const nextYear = String(Number(date.slice(0, 4)) + 1).padStart(4, '0');
  return `${nextYear}${date.slice(4)}` <= today;
}

/** Whether it is a day of the calendar, written as in `2026-11-26`. */
export function isDay(date: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

interface Metadata {
  readonly type: string;
  readonly data?: unknown;
}

function metadataFiles(assembly: string): string[] {
  const { artifacts } = readJson<{
    artifacts: Record<string, { type: string; additionalMetadataFile?: string }>;
  }>(path.join(assembly, 'manifest.json'));
  return Object.values(artifacts).flatMap(({ additionalMetadataFile }) => additionalMetadataFile ?? []);
}

function usedIn(assembly: string): string[] {
  const file = path.join(assembly, 'validation-report.json');
  if (!existsSync(file)) return [];
  const { pluginReports } = readJson<{
    pluginReports: { suppressedViolations?: { acknowledgedId: string; acknowledgedAt: string }[] }[];
  }>(file);
  return pluginReports.flatMap(({ suppressedViolations = [] }) =>
    suppressedViolations.map(({ acknowledgedId, acknowledgedAt }) => key(acknowledgedId, acknowledgedAt)),
  );
}

const key = (id: string, at: string) => `${id} at ${at}`;

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
