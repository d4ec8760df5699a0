/**
 * The synthesized assemblies that the global setup has left for all test files. Reading them costs a test file
 * no import of aws-cdk-lib.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where assemblies are kept between runs, one folder per state of the source. */
export const cacheDirectory = path.resolve(__dirname, '../../node_modules/.cache/landfall');
/** Environment variable by which the global setup tells its workers the folder of this run. */
export const assemblyVariable = 'LANDFALL_TEST_ASSEMBLIES';
/** Why there are no assemblies, when there are none. */
export const failureFile = 'failure.txt';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and tests look everywhere in it
  readonly Properties?: any;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
}

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

export interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

function runDirectory(): string {
  const directory = process.env[assemblyVariable];
  if (!directory) throw new Error('No assemblies: tests run by jest with test/support/global-setup.ts');
  const failure = path.join(directory, failureFile);
  if (existsSync(failure)) {
    throw new Error(`The app could not be synthesized before the tests:\n${readFileSync(failure, 'utf8')}`);
  }
  return directory;
}

/** Folder with the built bundles, one folder per function. */
export const bundlesDirectory = (): string => path.join(runDirectory(), 'lambdas');

/** Folder of a variant's cloud assembly, for example `dev-platform` or `external-database`. */
export function assemblyDirectory(variant: string): string {
  const directory = path.join(runDirectory(), variant);
  if (!existsSync(directory)) throw new Error(`No variant "${variant}"; see test/support/variants.ts`);
  return directory;
}

/** Full names of a variant's stacks, for example `landfall-dev-network`. */
export function stackNames(variant: string): string[] {
  return readdirSync(assemblyDirectory(variant))
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => file.replace('.template.json', ''))
    .sort();
}

/** A stack's template; `stack` is the last part of its name, for example `network`. */
export function templateOf(variant: string, stack: string): Template {
  const name = stackNames(variant).find((candidate) => candidate.replace(/^landfall-[^-]+-/, '') === stack);
  if (!name)
    throw new Error(`Variant "${variant}" has no stack "${stack}", but ${stackNames(variant).join(', ')}`);
  return readJson(path.join(assemblyDirectory(variant), `${name}.template.json`));
}

/** All templates of a variant by the full name of their stack. */
export function templatesOf(variant: string): Record<string, Template> {
  return Object.fromEntries(
    stackNames(variant).map((name) => [
      name,
      readJson<Template>(path.join(assemblyDirectory(variant), `${name}.template.json`)),
    ]),
  );
}

/** Resources of one type with their logical ids. */
export function resourcesOf(template: Template, type: string): [id: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
