/** What it takes to run one CloudFormation resource type on a laptop. */
import type { Policy, PolicyDocument } from '../../../lib/iam/policy';
import type { LocalSystem } from '../system';

/** Marks a property the local runtime acts on. */
export const runs = Symbol('acts on this property');

/** Each property of a type: acted on, or a sentence saying why it has no local meaning. */
export type Properties = Readonly<Record<string, typeof runs | string>>;

/** A resource whose properties are resolved and known to be supported. */
export interface DeclaredResource {
  readonly stackName: string;
  readonly region: string;
  readonly logicalId: string;
  readonly type: string;
  /** Only properties marked with `runs`. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Name CloudFormation would have generated: stable over restarts, unique in the assembly. */
  readonly generatedName: string;
  /** Directory of a file asset by its S3 key, when the stack has it. */
  assetPath(objectKey: string): string | undefined;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A resource whose type runs, but not with these properties. References to it give a placeholder. */
export interface NotRun {
  /** One sentence why it has no local meaning. */
  readonly notRunBecause: string;
}

export interface ResourceHandler {
  readonly properties: Properties;
  /**
   * Finds what is not supported beyond property names, before anything is started. Values are as in the
   * template: intrinsic functions are not resolved.
   */
  unsupported?(properties: Readonly<Record<string, unknown>>): string[];
  create(
    resource: DeclaredResource,
    system: LocalSystem,
  ): CreatedResource | NotRun | Promise<CreatedResource | NotRun>;
}

export type Handlers = Readonly<Record<string, ResourceHandler>>;

/** Shorthand: `properties(['A', 'B'], { C: 'Reason.' })`. */
export function properties(
  acted: readonly string[],
  without: Readonly<Record<string, string>> = {},
): Properties {
  return { ...without, ...Object.fromEntries(acted.map((name) => [name, runs])) };
}

/** Reasons that many resource types share. */
export const tagsReason = 'Tags serve cost allocation and AWS consoles.';
export const descriptionReason = 'A description is shown in AWS consoles only.';

/** Text property, required. */
export function textOf(resource: DeclaredResource, name: string): string {
  const value = resource.properties[name];
  if (typeof value === 'string') return value;
  throw new Error(
    `${resource.type} ${resource.logicalId} in ${resource.stackName}: ${name} must be a text, found ${JSON.stringify(value)}.`,
  );
}

/** Number property; CloudFormation also accepts it as text. */
export function numberOf(resource: DeclaredResource, name: string, absent: number): number {
  const value = resource.properties[name];
  return value === undefined ? absent : Number(value);
}

/** A policy that the resource has, or is. */
export const policyOf = ({ stackName, logicalId }: DeclaredResource, document: unknown): Policy => ({
  id: `${stackName}.${logicalId}`,
  document: document as PolicyDocument,
});
