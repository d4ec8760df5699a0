/** Policies of templates with text in place of intrinsic functions, as a deployment would leave them. */
import type { Policy, PolicyDocument, PolicyKind, Statement } from '../../lib/iam/policy';
import { statementsOf } from '../../lib/iam/policy';
import type { Template } from './assembly';

export const account = '111122223333';

const pseudo: Readonly<Record<string, string>> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Resources whose `Ref` is their ARN. */
const arnByRef = /^AWS::(SNS::Topic|SecretsManager::Secret|IAM::ManagedPolicy|Lambda::(Alias|Version))$/;
const arn = (name: string) => `arn:aws:example:us-east-1:${account}:${name}`;

function resolve(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, template));
  if (typeof value !== 'object' || value === null) return value;
  const [entry] = Object.entries(value);
  if (!entry || Object.keys(value).length !== 1) return resolveKeys(value, template);
  const [name, argument] = entry;
  if (name === 'Ref') {
    const type = template.Resources[argument]?.Type ?? '';
    return pseudo[argument] ?? (arnByRef.test(type) ? arn(argument) : String(argument));
  }
  if (name === 'Fn::GetAtt') {
    const [id, attribute] = [argument]
      .flat()
      .join('.')
      .split(/\.(.*)/s);
    return /Arn$/.test(attribute ?? '') ? arn(`${id}`) : `${id}-${attribute}`;
  }
  if (name === 'Fn::Join') return (resolve(argument[1], template) as string[]).join(argument[0]);
  if (name === 'Fn::If') return resolve(argument[1], template);
  if (name.startsWith('Fn::')) return arn(name.slice('Fn::'.length));
  return resolveKeys(value, template);
}

const resolveKeys = (value: object, template: Template): unknown =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, template)]));

/** One policy per resource and kind. */
export function* resolvedPolicies(
  templates: Readonly<Record<string, Template>>,
): Generator<{ readonly kind: PolicyKind; readonly policy: Policy }> {
  for (const [stack, template] of Object.entries(templates)) {
    for (const [id, resource] of Object.entries(template.Resources)) {
      const kinds = new Map<PolicyKind, Statement[]>();
      for (const [kind, statement] of statementsOf(resource)) {
        kinds.set(kind, [...(kinds.get(kind) ?? []), resolve(statement, template) as Statement]);
      }
      for (const [kind, statements] of kinds) {
        const document: PolicyDocument = { Version: '2012-10-17', Statement: statements };
        yield { kind, policy: { id: `${stack}.${id}`, document } };
      }
    }
  }
}
