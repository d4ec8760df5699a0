/** What the audit packs and our own rules found, and what was accepted. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { acknowledgementsIn } from '../../lib/guardrails/acknowledgements';
import { type AuditedAssembly, readJson } from './assembly';
import type { Acknowledgement, Finding } from './report';

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations?: readonly Violation[];
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
 * @param gates packs that the environment answers to. @default all that were asked: who asks less, answers to less
 */
export function findingsOf(assembly: AuditedAssembly, gates?: ReadonlySet<string>): Finding[] {
  const file = path.join(assembly.directory, 'validation-report.json');
  if (!existsSync(file)) return [];
  const { pluginReports } = readJson<ValidationReport>(file);
  return pluginReports.flatMap(({ pluginName, violations = [] }) =>
    violations.flatMap(({ ruleName, description, fix, violatingConstructs = [] }) =>
      violatingConstructs.map(({ constructPath }) => ({
        rule: ruleName,
        source: pluginName,
        path: constructPath ? assembly.pathOf(constructPath) : 'the whole app',
        description,
        ...(fix ? { fix } : {}),
        gate: gates?.has(pluginName) ?? true,
      })),
    ),
  );
}

export function acknowledgementsOf(assembly: AuditedAssembly): Acknowledgement[] {
  return acknowledgementsIn(assembly.directory).map(({ rule, path: at, reason, owner, date, used }) => ({
    rule,
    path: assembly.pathOf(at),
    reason,
    owner: owner ?? 'nobody',
    date,
    used,
  }));
}
