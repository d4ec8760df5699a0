import { blueprints } from './blueprints';
import { environments } from './environments';
import { ConfigurationError, type Fault, show } from './fault';
import { nearest } from './nearest';
import { rules } from './rules';
import type { Configuration } from './rules/rule';
import { blueprintSchema, environmentSchema } from './schema';
import { schemaFaults } from './schema-faults';

export { ConfigurationError } from './fault';
export type { Configuration } from './rules/rule';

/** The configuration of a shipped environment and blueprint. Throws a `ConfigurationError` with every fault. */
export function loadConfig(environmentName: string, blueprintName: string): Configuration {
  const faults = [
    ...unknownName('environment', environmentName, environments),
    ...unknownName('blueprint', blueprintName, blueprints),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults, 'what was asked for');
  return validate(environments[environmentName], blueprints[blueprintName]);
}

/** Checks any environment with any blueprint. Throws a `ConfigurationError` with every fault. */
export function validate(environment: unknown, blueprint: unknown): Configuration {
  const wrongFields = [
    ...schemaFaults(environmentSchema, environment, 'environment'),
    ...schemaFaults(blueprintSchema, blueprint, 'blueprint'),
  ];
  const configuration = { environment, blueprint } as Configuration;
  const broken = rules
    .filter((rule) => !rule.reads.some((path) => wrongFields.some((fault) => touches(fault.path, path))))
    .flatMap((rule) => rule.check(configuration));
  const faults = [...wrongFields, ...broken];
  if (faults.length > 0) throw new ConfigurationError(faults, subject(environment, blueprint));
  return configuration;
}

/** Whether one path leads to the other or into it. */
function touches(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long === short || long.startsWith(`${short}.`) || long.startsWith(`${short}[`);
}

function unknownName(
  kind: 'environment' | 'blueprint',
  name: string,
  known: Readonly<Record<string, unknown>>,
) {
  // Own keys only: an environment named `constructor` must not be "found".
  if (Object.hasOwn(known, name)) return [];
  const names = Object.keys(known);
  const meant = nearest(name, names);
  const add = `add lib/config/${kind}s/${name}.ts and name it in lib/config/${kind}s/index.ts`;
  const fault: Fault = {
    path: kind,
    found: show(name),
    expected: `one of ${names.join(', ')}`,
    fix: meant ? `Did you mean ${meant}? Or ${add}.` : `Choose one of them, or ${add}.`,
  };
  return [fault];
}

function subject(environment: unknown, blueprint: unknown): string {
  const [where, what] = [environment, blueprint].map(
    (value) => (value as { name?: unknown } | undefined)?.name,
  );
  return `environment ${show(where)} with blueprint ${show(what)}`;
}
