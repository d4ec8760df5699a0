/** `npm run audit -- coverage`: which grants of the roles are used, which never are, and what was denied. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../../lib/config/load';
import { digestOfTemplates, type RecordFile, readRecord } from '../../local/access-record';
import { synthesizeIfChanged } from '../../local/synthesis';
import { readAuditedAssembly } from '../assembly/assembly';
import { byJourneys, coverageOf, type Exercised, isCovered, type RoleCoverage } from './coverage';
import { type Grants, grantsOf } from './grants';
import { deniedAccesses, usedGrants } from './uses';

export const coverageHelp = `npm run audit -- coverage [<blueprint>] [--env <environment>] [--record <file>] [--json]

Lists for every role which of its grants are used, which never are (with the reason why they are there all the same),
and what was denied. Used is what the journeys use (test/journeys/exercised.json), or with --record what a run of the
local runtime has used: it writes <state>/iam/record.json when it stops.

  <blueprint>   default platform; a record knows its own
  --env         environment whose roles are listed; default prod
  --record      record of a run, for example .landfall/iam/record.json
  --json        the same as JSON

Exit codes: 0 everything is used or has a reason, 1 could not be listed, 2 wrong usage, 3 something is never used and
has no reason, or was denied.`;

const exit = { covered: 0, usage: 2, uncovered: 3 } as const;

const exercisedFile = path.resolve(__dirname, '../../../test/journeys/exercised.json');

/** @returns the exit code */
export async function coverageCommand(
  args: readonly string[],
  print: (text: string) => void = console.log,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      env: { type: 'string', default: 'prod' },
      record: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    print(coverageHelp);
    return exit.covered;
  }
  if (positionals.length > 1) {
    console.error(coverageHelp);
    return exit.usage;
  }
  const [blueprint = 'platform'] = positionals;
  const coverage = values.record
    ? await coverageOfRecord(values.record)
    : await coverageOfJourneys(values.env, blueprint);
  print(values.json ? JSON.stringify(coverage, null, 2) : textOf(coverage));
  return isCovered(coverage) ? exit.covered : exit.uncovered;
}

async function coverageOfJourneys(environment: string, blueprint: string): Promise<RoleCoverage[]> {
  loadConfig(environment, blueprint);
  const outdir = mkdtempSync(path.join(tmpdir(), 'landfall-coverage-'));
  try {
    await synthesizeIfChanged({ environment, blueprint, outdir });
    const exercised = JSON.parse(readFileSync(exercisedFile, 'utf8')) as Exercised;
    return coverageOf(grantsOf(readAuditedAssembly(outdir)), byJourneys(exercised));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function coverageOfRecord(file: string): Promise<RoleCoverage[]> {
  const record = readRecord(file);
  return coverageOfRun(grantsOf(readAuditedAssembly(assemblyOf(record, file))), record);
}

/** @returns what a run has used and not what journeys use; what they alone use has that for a reason */
export function coverageOfRun(grants: Grants, { uses, denials }: Pick<RecordFile, 'uses' | 'denials'>) {
  const used = new Set(usedGrants(grants, uses));
  return coverageOf(grants, (grant) => (used.has(grant) ? [] : undefined), deniedAccesses(grants, denials));
}

function assemblyOf({ assembly, templates }: RecordFile, file: string): string {
  if (digestOfTemplates(assembly) === templates) return assembly;
  throw new Error(
    `${file}: expected the templates in ${assembly} to be those of the record, found others. Their statements have ` +
      'other places now. Record it again: npm start, use what you want to know about, and stop it.',
  );
}

/** A paragraph for each role that has something to say, and the sum. */
export function textOf(coverage: readonly RoleCoverage[]): string {
  const roles = coverage.map(({ role, used, neverUsed, denied }) =>
    [
      `${role}: ${used.length} of ${used.length + neverUsed.length} grants used`,
      ...used.map(({ grant, by }) => `  used        ${grant}${by.length > 0 ? ` (${by.join(', ')})` : ''}`),
      ...neverUsed.map(({ grant, reason, test }) =>
        reason
          ? `  never used  ${grant}\n              ${reason}${test ? ` (${test})` : ''}`
          : `  NEVER USED  ${grant}\n              and nobody says why it is there`,
      ),
      ...denied.map(({ action, resource, where }) => `  DENIED      ${action} ${resource} (${where})`),
    ].join('\n'),
  );
  const used = sum(coverage, (role) => role.used.length);
  const acknowledged = sum(coverage, (role) => role.neverUsed.filter(({ reason }) => reason).length);
  const open = sum(coverage, (role) => role.neverUsed.filter(({ reason }) => !reason).length);
  const denied = sum(coverage, (role) => role.denied.length);
  return [
    ...roles,
    `${coverage.length} roles, ${used + acknowledged + open} grants: ${used} used, ${acknowledged} never used for a ` +
      `reason, ${open} never used without one, ${denied} accesses denied.`,
  ].join('\n\n');
}

const sum = (coverage: readonly RoleCoverage[], count: (role: RoleCoverage) => number): number =>
  coverage.reduce((total, role) => total + count(role), 0);
