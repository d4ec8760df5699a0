/** Values of templates: what they point to, and how they are written so that a person can read them. */
import type { AuditedAssembly, Pointer, Resource } from './assembly';

/** A text with references in it, in the order they are written. */
export type Parts = readonly (string | Pointer)[];

/** Resources whose `Ref` is the ARN of another one, which a property of theirs names. */
const standsFor: Readonly<Record<string, string>> = {
  // lambdas/signing-key answers with the secret as its physical id.
  'Custom::SigningKey': 'SecretId',
  // An alias or a version is the function it is of.
  'AWS::Lambda::Alias': 'FunctionName',
  'AWS::Lambda::Version': 'FunctionName',
};

export class Values {
  constructor(private readonly assembly: AuditedAssembly) {}

  /** Text and references of a value. What no function of this list explains is kept as JSON. */
  parts(value: unknown, stackName: string): Parts {
    if (typeof value !== 'object' || value === null) {
      // Where the number of the account is known, templates have it in place of the reference.
      const number = this.assembly.account;
      return [number ? String(value).replaceAll(number, account) : String(value)];
    }
    const [key, argument] = Object.entries(value)[0] ?? [];
    switch (key) {
      case 'Ref':
        return [this.reference(String(argument), stackName)];
      case 'Fn::GetAtt': {
        const [id, attribute] = (typeof argument === 'string' ? argument.split(/\.(.*)/) : argument) as [
          string,
          string,
        ];
        const resource = this.assembly.resource(stackName, id);
        return resource ? [{ resource, attribute }] : [`\${${id}.${attribute}}`];
      }
      case 'Fn::Join': {
        const [separator, items] = argument as [string, unknown];
        if (!Array.isArray(items)) return this.parts(items, stackName);
        return joined(
          items.map((item) => this.parts(item, stackName)),
          separator,
        );
      }
      case 'Fn::Sub':
        return this.substituted(argument as string | [string, Record<string, unknown>], stackName);
      case 'Fn::Select': {
        const [index, list] = argument as [number | string, unknown];
        // Partition, region and account of an ARN are those of the deployment. Every other part of it stands for the
        // resource, as the id of a database proxy does.
        const split = (list as { 'Fn::Split'?: [string, unknown] })['Fn::Split'];
        const common = split?.[0] === ':' ? ['', 'aws', '', region, account][Number(index)] : '';
        if (common) return [common];
        if (Array.isArray(list)) return this.parts(list[Number(index)], stackName);
        return this.parts(list, stackName);
      }
      case 'Fn::Split':
        return this.parts((argument as [string, unknown])[1], stackName);
      case 'Fn::ImportValue': {
        const found = typeof argument === 'string' ? this.assembly.exported(argument) : undefined;
        return found ? this.parts(found.value, found.stackName) : [`\${import ${text(argument)}}`];
      }
      case 'Fn::GetStackOutput': {
        const { StackName, OutputName } = argument as { StackName: string; OutputName: string };
        const found = this.assembly.output(StackName, OutputName);
        return found ? this.parts(found.value, found.stackName) : [`\${${StackName}.${OutputName}}`];
      }
      default:
        return [JSON.stringify(value)];
    }
  }

  /** The only thing a value stands for, when it stands for one. */
  pointer(value: unknown, stackName: string): Pointer | undefined {
    const [part, ...more] = this.parts(value, stackName);
    return more.length === 0 && typeof part === 'object' ? part : undefined;
  }

  /** The resource that a value leads to, by its ARN, its id or a part of them. */
  resource(value: unknown, stackName: string): Resource | undefined {
    const found = this.parts(value, stackName).find((part) => typeof part === 'object');
    return found && this.original(found.resource);
  }

  /** The function of an alias, the secret of a pair of keys. */
  original(resource: Resource): Resource {
    const property = standsFor[resource.type];
    const pointer = property && this.pointer(resource.properties[property], resource.stackName);
    return pointer ? this.original(pointer.resource) : resource;
  }

  /** As written, references in `${}` by the paths of their constructs: the same in every environment. */
  written(value: unknown, stackName: string): string {
    return this.parts(value, stackName)
      .map((part) => (typeof part === 'string' ? part : `\${${this.name(part)}}`))
      .join('');
  }

  name({ resource, attribute }: Pointer): string {
    return attribute === 'Ref' ? resource.path : `${resource.path}.${attribute}`;
  }

  private reference(id: string, stackName: string): string | Pointer {
    switch (id) {
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::AccountId':
        return account;
      case 'AWS::Region':
        return region;
    }
    const resource = this.assembly.resource(stackName, id);
    return resource ? { resource, attribute: 'Ref' } : `\${${id}}`;
  }

  private substituted(argument: string | [string, Record<string, unknown>], stackName: string): Parts {
    const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : argument;
    const parts = pattern.split(/(\$\{[^}]+\})/).flatMap((part): Parts => {
      const [, literal, name] = /^\$\{(!?)([^}]+)\}$/.exec(part) ?? [];
      if (name === undefined) return part === '' ? [] : [part];
      if (literal) return [`\${${name}}`];
      if (name in variables) return this.parts(variables[name], stackName);
      return this.parts(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, stackName);
    });
    return merged(parts);
  }
}

/** How the account and the region of a deployment are written. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: as references are written
export const account = '${account}';
// biome-ignore lint/suspicious/noTemplateCurlyInString: as references are written
export const region = '${region}';

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const joined = (lists: readonly Parts[], separator: string): Parts =>
  merged(lists.flatMap((parts, index) => (index > 0 && separator ? [separator, ...parts] : parts)));

/** Neighbouring texts are one text. */
function merged(parts: Parts): Parts {
  const result: (string | Pointer)[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else if (part !== '') result.push(part);
  }
  return result;
}
