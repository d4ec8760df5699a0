/** What the audit packs and our own rules found, and what was accepted. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { acknowledgementsIn } from '../../../lib/guardrails/acknowledgements';
import { type AuditedAssembly, readJson } from '../assembly/assembly';
import type { Acknowledgement, Finding } from './report';

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations?: readonly Violation[];
    readonly suppressedViolations?: readonly Violation[];
  }[];
}

interface Violation {
  readonly ruleName: string;
  readonly description: string;
  readonly fix?: string;
  readonly violatingConstructs?: readonly { readonly constructPath?: string }[];
}

/**
 * Findings that nobody accepted.
 * @param gates whether findings of a pack fail the synthesis of the environment
 */
export function findingsOf(assembly: AuditedAssembly, gates: (pack: string) => boolean): Finding[] {
  return pluginReports(assembly).flatMap(({ pluginName, violations = [] }) =>
    violations.flatMap(({ ruleName, description, fix, violatingConstructs = [] }) =>
      violatingConstructs.map(({ constructPath }) => ({
        rule: ruleName,
        source: pluginName,
        path: constructPath ? assembly.pathOf(constructPath) : 'the whole app',
        description,
        ...(fix ? { fix } : {}),
        gate: gates(pluginName),
      })),
    ),
  );
}

/** @param asked packs that ran. @default those that the validation report has something of */
export function acknowledgementsOf(
  assembly: AuditedAssembly,
  asked: readonly string[] = packsIn(assembly),
): Acknowledgement[] {
  return acknowledgementsIn(assembly.directory).map(({ id, rule, path: at, reason, owner, date, used }) => ({
    rule,
    path: assembly.pathOf(at),
    reason,
    owner: owner ?? 'nobody',
    date,
    // Whether a pack that did not run would have found something is not known.
    used: used || !asked.includes(id.split('::')[0] ?? ''),
  }));
}

/** A pack that found nothing at all is not in the report; our own rules run always. */
const packsIn = (assembly: AuditedAssembly): string[] => [
  'Landfall',
  ...pluginReports(assembly).map(({ pluginName }) => pluginName),
];

function pluginReports({ directory }: AuditedAssembly): ValidationReport['pluginReports'] {
  const file = path.join(directory, 'validation-report.json');
  return existsSync(file) ? readJson<ValidationReport>(file).pluginReports : [];
}
