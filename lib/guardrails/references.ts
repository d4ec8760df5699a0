import type { Template, Templates, Violation } from './template';

/**
 * Types that other stacks refer to strongly: CloudFormation then refuses to delete or replace them while they
 * are in use. Everything else is referred to weakly, so that it can change without a dance of two deployments.
 */
const strongTypes: ReadonlySet<string> = new Set([
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::KMS::Key',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
]);

export interface CrossStackReference {
  readonly consumer: string;
  readonly producer: string;
  /** Logical id of the resource in the producing stack. */
  readonly target: string;
  readonly type: string;
  /** `Ref`, or the attribute. */
  readonly attribute: string;
  readonly strength: 'strong' | 'weak';
}

/** Every value that a stack takes from another one, each once. */
export function crossStackReferences(templates: Templates): CrossStackReference[] {
  const exports = new Map<string, { stack: string; output: string }>();
  for (const [stack, { Outputs = {} }] of Object.entries(templates)) {
    for (const [output, { Export }] of Object.entries(Outputs)) {
      if (typeof Export?.Name === 'string') exports.set(Export.Name, { stack, output });
    }
  }

  const found = new Map<string, CrossStackReference>();
  for (const [consumer, template] of Object.entries(templates)) {
    for (const { strength, name, stack } of imports(template)) {
      const source = strength === 'strong' ? exports.get(name) : { stack: stack as string, output: name };
      if (!source) throw new Error(`${consumer} imports "${name}", which no stack exports`);
      const reference = { consumer, producer: source.stack, strength, ...targetOf(templates, source) };
      found.set(JSON.stringify(reference), reference);
    }
  }
  return [...found.values()].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

/** Data is referred to strongly and everything else weakly. */
export function checkReferenceStrength(templates: Templates): Violation[] {
  return crossStackReferences(templates)
    .map((reference) => ({ reference, expected: strongTypes.has(reference.type) ? 'strong' : 'weak' }))
    .filter(({ reference, expected }) => reference.strength !== expected)
    .map(({ reference: { consumer, producer, target, type, attribute, strength }, expected }) => ({
      rule: 'reference-strength',
      stack: producer,
      logicalId: target,
      description: `${consumer} refers ${strength}ly to ${attribute} of ${type}, expected ${expected}`,
      fix:
        expected === 'strong'
          ? 'Mark the resource with referToStrongly() where it is created.'
          : 'Leave it to the default of cdk.json, or list its type as data in lib/guardrails/references.ts.',
    }));
}

interface Import {
  readonly strength: 'strong' | 'weak';
  readonly name: string;
  readonly stack?: string;
}

function* imports(value: unknown): Generator<Import> {
  if (Array.isArray(value)) for (const entry of value) yield* imports(entry);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      if (key === 'Fn::ImportValue') yield { strength: 'strong', name: entry as string };
      else if (key === 'Fn::GetStackOutput') {
        const { StackName, OutputName } = entry as { StackName: string; OutputName: string };
        yield { strength: 'weak', name: OutputName, stack: StackName };
      } else yield* imports(entry);
    }
  }
}

/** What a stack's output stands for: the resource behind its Ref or GetAtt. */
function targetOf(templates: Templates, { stack, output }: { stack: string; output: string }) {
  const template: Template = templates[stack] ?? {};
  const value = template.Outputs?.[output]?.Value;
  const [target, attribute] = pointer(value) ?? [];
  const type = target === undefined ? undefined : template.Resources?.[target]?.Type;
  if (target === undefined || attribute === undefined || type === undefined) {
    throw new Error(`Output ${output} of ${stack} stands for no resource: ${JSON.stringify(value)}`);
  }
  return { target, attribute, type };
}

function pointer(value: unknown): [target: string, attribute: string] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [key, entry] = Object.entries(value)[0] ?? [];
  if (key === 'Ref') return [entry as string, 'Ref'];
  if (key === 'Fn::GetAtt') return entry as [string, string];
  // Lists are joined into one string on the way out and split again on the way in.
  if (key === 'Fn::Join') return pointer((entry as [string, unknown])[1]);
  return undefined;
}
