/** Everything the audit says about an assembly, from its files alone. */
import { crossStackReferences } from '../../lib/guardrails/references';
import { readAuditedAssembly } from './assembly';
import { acknowledgementsOf, findingsOf } from './findings';
import { invocationsOf } from './invocations';
import { networkOf } from './network';
import { principalsOf, resourcePoliciesOf } from './policies';
import type { AuditReport, Place } from './report';
import { statefulOf } from './stateful';
import { Statements } from './statements';
import { surfacesOf } from './surfaces';

export interface ReportOptions {
  /** Packs that the environment answers to. @default all that were asked */
  readonly gates?: ReadonlySet<string>;
}

/** @param directory of an assembly that was synthesized with its audit, for example `cdk.out` */
export async function buildReport(directory: string, { gates }: ReportOptions = {}): Promise<AuditReport> {
  const assembly = readAuditedAssembly(directory);
  const statements = new Statements(assembly);
  const principals = await principalsOf(assembly, statements);
  const policies = await resourcePoliciesOf(assembly, statements);
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
      ({ path, what }) => `${path} ${what}`,
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
    findings: sorted(findingsOf(assembly, gates), ({ source, rule, path }) => `${source} ${rule} ${path}`),
    acknowledgements: sorted(acknowledgementsOf(assembly), ({ rule, path }) => `${path} ${rule}`),
  };
}

const byPath = ({ path }: Place) => path;

/** By a key, in the order of code points: the same on every machine. */
function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => [key(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
}
