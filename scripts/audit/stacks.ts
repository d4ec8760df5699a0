/** Stacks of an assembly with the paths of their constructs, by names that leave out the environment. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from '../../lib/guardrails/template';

export interface Stack {
  /** Full name, for example `landfall-prod-api`. */
  readonly name: string;
  /** Without the environment, for example `api`. */
  readonly shortName: string;
  readonly region: string;
  readonly template: Template;
  /** Logical id -> path of the construct, for example `api/documents/Function`. */
  readonly paths: ReadonlyMap<string, string>;
}

export interface Stacks {
  readonly environment: string;
  readonly blueprint: string;
  /** What every stack's name begins with, for example `landfall-prod`. */
  readonly deployment: string;
  /** By full name. */
  readonly byName: ReadonlyMap<string, Stack>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly additionalMetadataFile?: string;
  readonly metadata?: Metadata;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

type Metadata = Readonly<Record<string, readonly { readonly type: string; readonly data?: unknown }[]>>;

/** @throws when the directory is no assembly, or one without the tags that this project gives its stacks */
export function readStacks(directory: string): Stacks {
  const { artifacts } = readJson<{ artifacts: Record<string, Artifact> }>(directory, 'manifest.json');
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const { environment, blueprint, deployment } = stacks[0]?.[1].properties?.tags ?? {};
  if (!environment || !blueprint || !deployment) {
    throw new Error(
      `${directory}: expected stacks with the tags environment, blueprint and deployment, found ` +
        `${stacks.length} stacks without them. Synthesize this project there: npm run synth`,
    );
  }
  const all = stacks.map(([id, artifact]) => readStack(directory, id, artifact, deployment));
  return { environment, blueprint, deployment, byName: new Map(all.map((stack) => [stack.name, stack])) };
}

function readStack(directory: string, id: string, artifact: Artifact, deployment: string): Stack {
  const { environment = '', additionalMetadataFile, properties = {} } = artifact;
  const name = properties.stackName ?? id;
  const metadata =
    artifact.metadata ??
    (additionalMetadataFile ? readJson<Metadata>(directory, additionalMetadataFile) : {});
  return {
    name,
    shortName: name.slice(deployment.length + 1),
    region: environment.split('/').pop() ?? '',
    template: readJson<Template>(directory, properties.templateFile ?? `${id}.template.json`),
    paths: pathsOf(metadata, deployment),
  };
}

function pathsOf(metadata: Metadata, deployment: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [at, entries] of Object.entries(metadata)) {
    for (const { type, data } of entries) {
      if (type !== 'aws:cdk:logicalId') continue;
      const construct = at.replace(/^\//, '').replace(/(?<=\/.*)\/(Resource|Default)$/, '');
      paths.set(data as string, construct.slice(deployment.length + 1));
    }
  }
  return paths;
}

const readJson = <T>(directory: string, file: string): T =>
  JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as T;
