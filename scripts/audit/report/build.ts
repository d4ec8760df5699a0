/** Everything the audit says about an assembly, from its files alone. */
import path from 'node:path';
import { crossStackReferences } from '../../../lib/guardrails/references';
import { readAuditedAssembly, readJson } from '../assembly/assembly';
import { byJourneys, type Exercised, findReason } from '../coverage/coverage';
import { type Grants, grantsOf, nameOf } from '../coverage/grants';
import { acknowledgementsOf, findingsOf } from './findings';
import { invocationsOf } from './invocations';
import { networkOf } from './network';
import { principalsOf, resourcePoliciesOf } from './policies';
import type { AuditReport, Finding, Place } from './report';
import { statefulOf } from './stateful';
import { Statements } from './statements';
import { surfacesOf } from './surfaces';

export interface ReportOptions {
  /** Whether findings of a pack fail the synthesis of the environment. @default all do: who asks less, answers to less */
  readonly gates?: (pack: string) => boolean;
  /** Packs that ran. @default those that the validation report has something of */
  readonly packs?: readonly string[];
  /** What the journeys use of the grants. @default what test/journeys/exercised.json says */
  readonly exercised?: Exercised;
}

/** @param directory of an assembly that was synthesized with its audit, for example `cdk.out` */
export function buildReport(
  directory: string,
  { gates = () => true, packs, exercised = readExercised() }: ReportOptions = {},
): AuditReport {
  const assembly = readAuditedAssembly(directory);
  const statements = new Statements(assembly);
  const grants = grantsOf(assembly, 'leave out');
  const unused = unusedByStatement(grants, exercised);
  const principals = principalsOf(assembly, statements).map((principal) => ({
    ...principal,
    statements: principal.statements.map((one) => ({ ...one, unused: unused.get(one.id) ?? [] })),
  }));
  const policies = resourcePoliciesOf(assembly, statements);
  const network = networkOf(assembly, statements);
  const shortName = (stackName: string) =>
    assembly.resources.find((resource) => resource.stackName === stackName)?.stack ?? stackName;
  return {
    version: 1,
    environment: assembly.environment,
    blueprint: assembly.blueprint,
    region: assembly.region,
    principals: sorted(principals, byPath),
    resourcePolicies: sorted(policies, byPath),
    invocations: sorted(
      invocationsOf(assembly, statements, principals, policies),
      ({ from, target }) => `${target} ${from}`,
    ),
    surfaces: sorted(
      surfacesOf(assembly, statements, principals, policies, network),
      ({ path: at, what }) => `${at} ${what}`,
    ),
    references: sorted(
      crossStackReferences(assembly.templates).map(({ consumer, producer, target, ...rest }) => ({
        consumer: shortName(consumer),
        producer: shortName(producer),
        target: assembly.resource(producer, target)?.path ?? target,
        ...rest,
      })),
      ({ consumer, producer, target, attribute }) => `${consumer} ${producer} ${target} ${attribute}`,
    ),
    network: {
      groups: sorted(network.groups, byPath),
      rules: sorted(network.rules, ({ from, to, port, direction }) => `${to} ${from} ${port} ${direction}`),
      endpoints: sorted(network.endpoints, byPath),
      routes: sorted(network.routes, ({ from, to }) => `${from} ${to}`),
    },
    stateful: sorted(statefulOf(assembly, statements), byPath),
    findings: sorted(
      [...findingsOf(assembly, gates), ...unusedGrants(grants, exercised)],
      ({ source, rule, path: at, description }) => `${source} ${rule} ${at} ${description}`,
    ),
    acknowledgements: sorted(acknowledgementsOf(assembly, packs), ({ rule, path: at }) => `${at} ${rule}`),
  };
}

const readExercised = () =>
  readJson<Exercised>(path.resolve(__dirname, '../../../test/journeys/exercised.json'));

/** Grants that no journey used, by the ids of the statements that say them. */
function unusedByStatement({ grants }: Grants, exercised: Exercised): Map<string, string[]> {
  const unused = new Map<string, string[]>();
  const used = byJourneys(exercised);
  for (const grant of grants.filter((one) => !used(one))) {
    const reason = findReason(grant)?.reason;
    const words = reason ? `${nameOf(grant)}: ${reason}` : nameOf(grant);
    for (const { policy, index } of grant.places) {
      const id = `${policy}#${index}`;
      if (index !== undefined) unused.set(id, [...(unused.get(id) ?? []), words]);
    }
  }
  return unused;
}

/** Grants that no journey used and no reason explains: the tests fail for them. */
function unusedGrants({ grants }: Grants, exercised: Exercised): Finding[] {
  const used = byJourneys(exercised);
  return grants
    .filter((grant) => !used(grant) && !findReason(grant))
    .map((grant) => ({
      rule: 'unused-grant',
      source: 'Landfall',
      path: grant.role,
      description: `No journey uses ${nameOf(grant)}, and nobody says why it is there`,
      fix: 'Remove it, use it in a journey, or give it a reason in lib/guardrails/unexercised.ts.',
      gate: true,
    }));
}

const byPath = ({ path }: Place) => path;

/** By a key, in the order of code points: the same on every machine. */
function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => [key(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
}
