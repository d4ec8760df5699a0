/** CloudFormation's intrinsic functions and pseudo parameters, resolved against one stack. */
import type { Template } from './assembly';

/** The account every local resource lives in: no AWS account has this number. */
export const localAccountId = '000000000000';

/** Where a stack's references find their values. */
export interface Scope {
  readonly stackName: string;
  readonly region: string;
  readonly template: Template;
  /** Value of `Ref` on a resource that was created. Throws when there is none. */
  reference(logicalId: string): unknown;
  /** Value of `Fn::GetAtt` on a resource that was created. Throws when there is none. */
  attribute(logicalId: string, name: string): unknown;
  /** Value that any stack exports under this name. */
  exportedValue(name: string): unknown;
  /** Output of another stack. */
  stackOutput(stackName: string, outputName: string): unknown;
}

/** Marks a property that `Ref: AWS::NoValue` removes. */
const noValue = Symbol('AWS::NoValue');

/**
 * A copy of the value with every intrinsic function replaced by what it stands for.
 *
 * @throws on an intrinsic function, parameter type or reference this runtime does not know, naming it.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = walk(value, scope);
  return resolved === noValue ? undefined : resolved;
}

function walk(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, scope)).filter((item) => item !== noValue);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    const [key, argument] = first;
    if (key === 'Ref') return reference(String(argument), scope);
    // Inside a property `Condition` is an ordinary key (IAM statements): only Fn:: names a function here.
    if (key.startsWith('Fn::')) return apply(key, argument, scope);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key, walk(item, scope)]).filter(([, item]) => item !== noValue),
  );
}

function apply(name: string, argument: unknown, scope: Scope): unknown {
  const implementation = functions[name];
  if (!implementation) {
    throw new Error(
      `${scope.stackName}: intrinsic function ${name} is not supported by the local runtime ` +
        `(supported: Ref, ${Object.keys(functions).join(', ')}).`,
    );
  }
  return implementation(argument, scope);
}

const list = (value: unknown, scope: Scope): unknown[] => {
  const resolved = walk(value, scope);
  if (!Array.isArray(resolved))
    throw new Error(`${scope.stackName}: expected a list, found ${JSON.stringify(resolved)}.`);
  return resolved;
};

const text = (value: unknown, scope: Scope): string => {
  const resolved = walk(value, scope);
  if (typeof resolved === 'object' || resolved === undefined || typeof resolved === 'symbol') {
    throw new Error(`${scope.stackName}: expected a text, found ${JSON.stringify(resolved)}.`);
  }
  return String(resolved);
};

const functions: Record<string, (argument: unknown, scope: Scope) => unknown> = {
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...path] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
    return scope.attribute(String(logicalId), path.map((part) => text(part, scope)).join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = argument as [string, unknown];
    return list(parts, scope)
      .map((part) => text(part, scope))
      .join(separator);
  },
  'Fn::Sub': (argument, scope) => {
    const [pattern, variables] = (typeof argument === 'string' ? [argument, {}] : argument) as [
      string,
      Record<string, unknown>,
    ];
    return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return text(variables[name], scope);
      return text(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, scope);
    });
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = argument as [unknown, unknown];
    const choices = list(items, scope);
    const chosen = choices[Number(text(index, scope))];
    if (chosen === undefined) {
      throw new Error(
        `${scope.stackName}: Fn::Select ${JSON.stringify(index)} is outside ${JSON.stringify(choices)}.`,
      );
    }
    return chosen;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, whole] = argument as [string, unknown];
    return text(whole, scope).split(separator);
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown];
    return walk(conditionHolds(condition, scope) ? whenTrue : whenFalse, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = argument as [unknown, unknown];
    return JSON.stringify(walk(left, scope)) === JSON.stringify(walk(right, scope));
  },
  'Fn::And': (argument, scope) => (argument as unknown[]).every((term) => truth(term, scope)),
  'Fn::Or': (argument, scope) => (argument as unknown[]).some((term) => truth(term, scope)),
  'Fn::Not': (argument, scope) => !truth((argument as unknown[])[0], scope),
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = (argument as unknown[]).map((part) => text(part, scope)) as [
      string,
      string,
      string,
    ];
    const found = scope.template.Mappings?.[map]?.[first]?.[second];
    if (found === undefined)
      throw new Error(`${scope.stackName}: no entry ${map}.${first}.${second} in Mappings.`);
    return found;
  },
  'Fn::GetAZs': (argument, scope) => {
    const region = text(argument, scope) || scope.region;
    return ['a', 'b', 'c'].map((zone) => region + zone);
  },
  'Fn::Base64': (argument, scope) => Buffer.from(text(argument, scope)).toString('base64'),
  'Fn::ImportValue': (argument, scope) => scope.exportedValue(text(argument, scope)),
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName } = argument as { StackName: unknown; OutputName: unknown };
    return scope.stackOutput(text(StackName, scope), text(OutputName, scope));
  },
};

function truth(term: unknown, scope: Scope): boolean {
  if (term !== null && typeof term === 'object' && 'Condition' in term) {
    return conditionHolds(String(term.Condition), scope);
  }
  return walk(term, scope) === true;
}

/** Whether a named condition of the stack's template holds. */
export function conditionHolds(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) throw new Error(`${scope.stackName}: condition ${name} is not declared.`);
  return truth(condition, scope);
}

function reference(name: string, scope: Scope): unknown {
  switch (name) {
    case 'AWS::NoValue':
      return noValue;
    case 'AWS::Region':
      return scope.region;
    case 'AWS::AccountId':
      return localAccountId;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return scope.stackName;
    case 'AWS::StackId':
      return `arn:aws:cloudformation:${scope.region}:${localAccountId}:stack/${scope.stackName}/local`;
    case 'AWS::NotificationARNs':
      return [];
  }
  const parameter = scope.template.Parameters?.[name];
  if (!parameter) return scope.reference(name);
  if (parameter.Default === undefined) {
    throw new Error(
      `${scope.stackName}: parameter ${name} has no default, and the local runtime has no value for it.`,
    );
  }
  return parameter.Default;
}

/** Logical ids that a value refers to, for ordering resources. Names of other stacks are not among them. */
export function referencedIds(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) referencedIds(item, found);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'Ref') found.add(String(item));
      else if (key === 'Fn::GetAtt')
        found.add(String(Array.isArray(item) ? item[0] : String(item).split('.')[0]));
      else if (key === 'Fn::Sub') {
        const pattern = String(Array.isArray(item) ? item[0] : item);
        for (const [, name] of pattern.matchAll(/\$\{([^!}.]+)[^}]*\}/g)) if (name) found.add(name);
        referencedIds(Array.isArray(item) ? item[1] : undefined, found);
      } else referencedIds(item, found);
    }
  }
  return found;
}
