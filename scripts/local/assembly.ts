/**
 * Reads a synthesized cloud assembly (`cdk.out`): its stacks in deployment order, their resources and where
 * their file assets lie. Nothing is resolved here; see `intrinsics.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Template {
  readonly Resources?: Record<string, TemplateResource>;
  readonly Outputs?: Record<string, { Value: unknown; Condition?: string; Export?: { Name: unknown } }>;
  readonly Parameters?: Record<string, { Type: string; Default?: unknown }>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
  readonly Metadata?: Record<string, unknown>;
}

export interface AssemblyStack {
  /** CloudFormation name of the stack. */
  readonly name: string;
  readonly region: string;
  readonly template: Template;
  /** Path of each file asset by the S3 key a template names it with. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly displayName?: string;
  readonly dependencies?: string[];
  readonly properties?: { templateFile?: string; stackName?: string; file?: string };
}

interface AssetManifest {
  readonly files?: Record<
    string,
    { source: { path?: string }; destinations: Record<string, { objectKey: string }> }
  >;
}

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

/**
 * Stacks in an order in which every stack comes after the stacks it depends on.
 *
 * @throws when the directory is no assembly, or contains a stage (a nested assembly).
 */
export function readAssembly(directory: string, defaultRegion = 'us-east-1'): AssemblyStack[] {
  const { artifacts } = readJson<{ artifacts: Record<string, Artifact> }>(directory, 'manifest.json');
  const ordered: AssemblyStack[] = [];
  const visited = new Set<string>();

  const visit = (id: string) => {
    const artifact = artifacts[id];
    if (visited.has(id) || !artifact) return;
    visited.add(id);
    for (const dependency of artifact.dependencies ?? []) visit(dependency);
    if (artifact.type === 'cdk:cloud-assembly') {
      throw new Error(`${id} is a CDK stage. The local runtime runs assemblies without stages.`);
    }
    if (artifact.type === 'aws:cloudformation:stack') {
      ordered.push(readStack(directory, id, artifact, artifacts, defaultRegion));
    }
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return ordered;
}

function readStack(
  directory: string,
  id: string,
  artifact: Artifact,
  artifacts: Record<string, Artifact>,
  defaultRegion: string,
): AssemblyStack {
  const templateFile = artifact.properties?.templateFile;
  if (!templateFile) throw new Error(`Stack ${id} has no template file in ${directory}/manifest.json.`);
  const declaredRegion = artifact.environment?.split('/').pop();
  const assets = new Map<string, string>();
  for (const dependency of artifact.dependencies ?? []) {
    const manifest = artifacts[dependency];
    if (manifest?.type !== 'cdk:asset-manifest' || !manifest.properties?.file) continue;
    const { files = {} } = readJson<AssetManifest>(directory, manifest.properties.file);
    for (const { source, destinations } of Object.values(files)) {
      if (!source.path) continue;
      for (const { objectKey } of Object.values(destinations)) {
        assets.set(objectKey, join(directory, source.path));
      }
    }
  }
  return {
    name: artifact.properties?.stackName ?? id,
    region: !declaredRegion || declaredRegion.startsWith('unknown') ? defaultRegion : declaredRegion,
    template: readJson<Template>(directory, templateFile),
    assets,
  };
}
