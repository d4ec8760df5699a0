/**
 * Reads an assembly for the audit: resources with the paths of their constructs, and what refers to what, also from
 * one stack to another. Nothing is deployed, so nothing is resolved to a value: references lead to resources.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template, Templates } from '../../lib/guardrails/template';
import type { Place } from './report';

export interface Resource extends Place {
  /** Full name, for example `landfall-prod-api`. */
  readonly stackName: string;
  readonly region: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy?: string | undefined;
  readonly updateReplacePolicy?: string | undefined;
}

/** An attribute of a resource. `Ref` stands for what `Ref` returns. */
export interface Pointer {
  readonly resource: Resource;
  readonly attribute: string;
}

export interface AuditedAssembly {
  readonly directory: string;
  readonly environment: string;
  readonly blueprint: string;
  /** What the name of every stack begins with, for example `landfall-prod`. */
  readonly deployment: string;
  /** Home of the environment: where most of its stacks are. */
  readonly region: string;
  /** Of all stacks, each once. */
  readonly regions: readonly string[];
  /** Number of the account. @default only the deployment knows it */
  readonly account?: string | undefined;
  readonly templates: Templates;
  /** In the order of stacks and of their templates. */
  readonly resources: readonly Resource[];
  resource(stackName: string, logicalId: string): Resource | undefined;
  /** What an output of a stack stands for, by the name it is exported as or by its own. */
  exported(name: string): { stackName: string; value: unknown } | undefined;
  output(stackName: string, outputName: string): { stackName: string; value: unknown } | undefined;
  /** Path of a construct as a report has it: without the environment. */
  pathOf(constructPath: string): string;
}

interface StackArtifact {
  readonly type: string;
  readonly environment?: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
  readonly additionalMetadataFile?: string;
}

type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;

/** @throws when the directory is no assembly of this app, with what is missing */
export function readAuditedAssembly(directory: string): AuditedAssembly {
  const manifest = path.join(directory, 'manifest.json');
  if (!existsSync(manifest)) {
    throw new Error(
      `${directory} is no assembly: it has no manifest.json. Give the folder that "npm run synth" wrote (cdk.out).`,
    );
  }
  const { artifacts } = readJson<{ artifacts: Record<string, StackArtifact> }>(manifest);
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const tags = stacks[0]?.[1].properties?.tags;
  const { deployment, environment, blueprint } = tags ?? {};
  if (!deployment || !environment || !blueprint) {
    throw new Error(
      `${directory} has no stack with the tags "deployment", "environment" and "blueprint", which every stack ` +
        'of this app has (lib/guardrails/tags.ts).',
    );
  }
  const shortName = (stackName: string) =>
    stackName.startsWith(`${deployment}-`) ? stackName.slice(deployment.length + 1) : stackName;
  const pathOf = (constructPath: string) => {
    const [stack = '', ...rest] = constructPath.replace(/^\//, '').split('/');
    // The last step is the resource inside of a construct, which says nothing that the type does not say.
    if (rest.length > 1 && /^(Resource|Default)$/.test(rest.at(-1) as string)) rest.pop();
    return [shortName(stack), ...rest].join('/');
  };

  const templates: Record<string, Template> = {};
  const resources = new Map<string, Resource>();
  const regions: string[] = [];
  const accounts = new Set<string>();
  for (const [id, artifact] of stacks) {
    const { templateFile, stackName = id } = artifact.properties ?? {};
    if (!templateFile) throw new Error(`Stack ${id} has no template file in ${manifest}.`);
    const template = readJson<Template>(path.join(directory, templateFile));
    templates[stackName] = template;
    const [, , account = '', region = 'unknown-region'] = artifact.environment?.split('/') ?? [];
    if (/^\d{12}$/.test(account)) accounts.add(account);
    regions.push(region);
    const paths = artifact.additionalMetadataFile
      ? pathsIn(readJson<Metadata>(path.join(directory, artifact.additionalMetadataFile)))
      : new Map<string, string>();
    for (const [logicalId, found] of Object.entries(template.Resources ?? {})) {
      resources.set(`${stackName}.${logicalId}`, {
        stack: shortName(stackName),
        stackName,
        region,
        logicalId,
        path: pathOf(paths.get(logicalId) ?? `${stackName}/${logicalId}`),
        type: found.Type,
        properties: found.Properties ?? {},
        deletionPolicy: found.DeletionPolicy,
        updateReplacePolicy: found.UpdateReplacePolicy,
      });
    }
  }

  const exports = new Map<string, { stackName: string; value: unknown }>();
  for (const [stackName, { Outputs = {} }] of Object.entries(templates)) {
    for (const { Value, Export } of Object.values(Outputs)) {
      if (typeof Export?.Name === 'string') exports.set(Export.Name, { stackName, value: Value });
    }
  }
  return {
    directory,
    environment,
    blueprint,
    deployment,
    region: mostFrequent(regions),
    account: accounts.size === 1 ? [...accounts][0] : undefined,
    regions: [...new Set(regions)],
    templates,
    resources: [...resources.values()],
    resource: (stackName, logicalId) => resources.get(`${stackName}.${logicalId}`),
    exported: (name) => exports.get(name),
    output: (stackName, outputName) => {
      const found = templates[stackName]?.Outputs?.[outputName];
      return found && { stackName, value: found.Value };
    },
    pathOf,
  };
}

/** Place of a resource alone, as reports have it. */
export const placeOf = ({ stack, logicalId, path: at, type }: Resource): Place => ({
  stack,
  logicalId,
  path: at,
  type,
});

export const ofType = (assembly: AuditedAssembly, ...types: readonly string[]): Resource[] =>
  assembly.resources.filter(({ type }) => types.includes(type));

function pathsIn(metadata: Metadata): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [at, entries] of Object.entries(metadata)) {
    for (const { type, data } of entries) if (type === 'aws:cdk:logicalId') paths.set(String(data), at);
  }
  return paths;
}

function mostFrequent(values: readonly string[]): string {
  const count = (value: string) => values.filter((other) => other === value).length;
  return [...values].sort((a, b) => count(b) - count(a))[0] ?? 'unknown-region';
}

export const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
