/**
 * Creates the resources of an assembly in dependency order, as CloudFormation would, by the handlers of the
 * registry. Support is checked for the whole assembly first, so that every gap is reported at once and
 * nothing starts half.
 */
import { createHash } from 'node:crypto';
import type { AssemblyStack, TemplateResource } from './assembly';
import { conditionHolds, referencedIds, resolve, type Scope } from './intrinsics';
import { type CreatedResource, type NotRun, type ResourceHandler, runs } from './resources/handler';
import type { LocalSystem } from './system';

export interface Registry {
  readonly handlers: Readonly<Record<string, ResourceHandler>>;
  /** Type -> one sentence why it has no local meaning. */
  readonly withoutLocalMeaning: Readonly<Record<string, string>>;
}

/** Start of every value that stands for a resource the local runtime does not run. */
export const notRunPrefix = 'not-run-locally.';

export interface Deployed {
  readonly resources: readonly DeployedResource[];
  /** Values of the stacks' own outputs (not those CDK makes for references between stacks). */
  readonly outputs: Readonly<Record<string, Record<string, string>>>;
}

export interface DeployedResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** Absent for resources that run. */
  readonly notRunBecause?: string;
}

/** Every type and property of the assembly that is neither run nor known to have no local meaning. */
export function findUnsupported(stacks: readonly AssemblyStack[], registry: Registry): string[] {
  const faults: string[] = [];
  for (const stack of stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
      const where = `${resource.Type} ${logicalId} in ${stack.name}`;
      if (resource.Type in registry.withoutLocalMeaning) continue;
      const handler = registry.handlers[resource.Type];
      if (!handler) {
        faults.push(
          `${where}: this resource type has no handler and is not listed as having no local meaning.`,
        );
        continue;
      }
      const declared = resource.Properties ?? {};
      for (const property of Object.keys(declared)) {
        if (!(property in handler.properties))
          faults.push(`${where}: property ${property} is not supported.`);
      }
      for (const fault of handler.unsupported?.(declared) ?? []) faults.push(`${where}: ${fault}`);
    }
  }
  return faults;
}

/** @throws when the assembly needs something the local runtime cannot do, listing every such thing. */
export function refuseUnsupported(stacks: readonly AssemblyStack[], registry: Registry): void {
  const faults = findUnsupported(stacks, registry);
  if (faults.length === 0) return;
  throw new Error(
    `The templates contain ${faults.length === 1 ? 'something' : `${faults.length} things`} the local runtime cannot run:\n` +
      `${faults.map((fault) => `  - ${fault}`).join('\n')}\n` +
      'Teach scripts/local/resources how to run it, or list it with the reason why it has no local meaning.',
  );
}

/** Creates everything and returns what was made of each resource. */
export async function deploy(
  stacks: readonly AssemblyStack[],
  registry: Registry,
  system: LocalSystem,
): Promise<Deployed> {
  refuseUnsupported(stacks, registry);
  const created = new Map<string, CreatedResource>();
  const scopes = scopesOf(stacks, created);
  const resources: DeployedResource[] = [];
  for (const stack of stacks) {
    const scope = scopes.get(stack.name) as Scope;
    for (const [logicalId, resource] of inDependencyOrder(stack)) {
      if (resource.Condition && !conditionHolds(resource.Condition, scope)) continue;
      const made = await create(stack, logicalId, resource, { registry, scope, system });
      resources.push({
        stackName: stack.name,
        logicalId,
        type: resource.Type,
        ...('notRunBecause' in made && made),
      });
      if (!('notRunBecause' in made)) created.set(`${stack.name}.${logicalId}`, made);
    }
  }
  return { resources, outputs: outputsOf(stacks, scopes) };
}

async function create(
  stack: AssemblyStack,
  logicalId: string,
  resource: TemplateResource,
  { registry, scope, system }: { registry: Registry; scope: Scope; system: LocalSystem },
): Promise<CreatedResource | NotRun> {
  const notRunBecause = registry.withoutLocalMeaning[resource.Type];
  if (notRunBecause !== undefined) return { notRunBecause };
  const handler = registry.handlers[resource.Type] as ResourceHandler;
  try {
    const acted = Object.entries(resource.Properties ?? {}).filter(
      ([name]) => handler.properties[name] === runs,
    );
    return await handler.create(
      {
        stackName: stack.name,
        region: stack.region,
        logicalId,
        type: resource.Type,
        properties: resolve(Object.fromEntries(acted), scope) as Record<string, unknown>,
        generatedName: generatedName(stack.name, logicalId),
        assetPath: (objectKey) => stack.assets.get(objectKey),
      },
      system,
    );
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${resource.Type} ${logicalId} in ${stack.name} could not be created: ${message}`, {
      cause,
    });
  }
}

/** CloudFormation's `stack-logicalId-random`, with the random part derived from the other two. */
export function generatedName(stackName: string, logicalId: string): string {
  const suffix = createHash('sha256').update(`${stackName}.${logicalId}`).digest('hex').slice(0, 8);
  return `${stackName}-${logicalId}`.slice(0, 54).concat('-', suffix);
}

function scopesOf(stacks: readonly AssemblyStack[], created: ReadonlyMap<string, CreatedResource>) {
  const scopes = new Map<string, Scope>();
  const find = (stack: AssemblyStack, logicalId: string): CreatedResource | undefined => {
    const resource = stack.template.Resources?.[logicalId];
    if (!resource)
      throw new Error(`${stack.name}: there is no resource, parameter or pseudo parameter ${logicalId}.`);
    return created.get(`${stack.name}.${logicalId}`);
  };
  for (const stack of stacks) {
    const placeholder = (logicalId: string, part = '') =>
      `${notRunPrefix}${stack.template.Resources?.[logicalId]?.Type}.${logicalId}${part}`;
    scopes.set(stack.name, {
      stackName: stack.name,
      region: stack.region,
      template: stack.template,
      reference: (logicalId) => find(stack, logicalId)?.ref ?? placeholder(logicalId),
      attribute: (logicalId, name) => {
        const resource = find(stack, logicalId);
        if (!resource) return placeholder(logicalId, `.${name}`);
        const value = resource.attributes?.[name];
        if (value === undefined) {
          throw new Error(
            `${stack.name}: ${logicalId} (${stack.template.Resources?.[logicalId]?.Type}) has no attribute ${name} in the local runtime.`,
          );
        }
        return value;
      },
      exportedValue: (name) => {
        for (const other of stacks) {
          const otherScope = scopes.get(other.name);
          if (!otherScope) continue;
          for (const output of Object.values(other.template.Outputs ?? {})) {
            if (output.Export && resolve(output.Export.Name, otherScope) === name)
              return resolve(output.Value, otherScope);
          }
        }
        throw new Error(`${stack.name}: no stack exports ${name}.`);
      },
      stackOutput: (stackName, outputName) => {
        const output = stacks.find(({ name }) => name === stackName)?.template.Outputs?.[outputName];
        const otherScope = scopes.get(stackName);
        if (!output || !otherScope)
          throw new Error(`${stack.name}: stack ${stackName} has no output ${outputName}.`);
        return resolve(output.Value, otherScope);
      },
    });
  }
  return scopes;
}

/** Resources of one stack such that each comes after those it refers to or depends on. */
function inDependencyOrder(stack: AssemblyStack): [string, TemplateResource][] {
  const resources = stack.template.Resources ?? {};
  const ordered: [string, TemplateResource][] = [];
  const state = new Map<string, 'visiting' | 'done'>();
  const visit = (logicalId: string) => {
    const resource = resources[logicalId];
    if (!resource || state.get(logicalId) === 'done') return;
    if (state.get(logicalId) === 'visiting')
      throw new Error(`${stack.name}: ${logicalId} depends on itself.`);
    state.set(logicalId, 'visiting');
    for (const id of [resource.DependsOn ?? []].flat()) visit(id);
    for (const id of referencedIds(resource.Properties)) visit(id);
    state.set(logicalId, 'done');
    ordered.push([logicalId, resource]);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId);
  return ordered;
}

function outputsOf(stacks: readonly AssemblyStack[], scopes: ReadonlyMap<string, Scope>) {
  const outputs: Record<string, Record<string, string>> = {};
  for (const stack of stacks) {
    for (const [name, output] of Object.entries(stack.template.Outputs ?? {})) {
      if (name.startsWith('PublishOutput') || name.startsWith('ExportsOutput')) continue;
      const scope = scopes.get(stack.name) as Scope;
      if (output.Condition && !conditionHolds(output.Condition, scope)) continue;
      outputs[stack.name] = { ...outputs[stack.name], [name]: String(resolve(output.Value, scope)) };
    }
  }
  return outputs;
}
