/** What statements are about, in words. */
import type { Pointer, Resource } from '../assembly/assembly';
import { listed, type Names, spaced } from '../assembly/names';
import { account, type Parts, region, type Values } from '../assembly/values';
import type { Target } from './report';

/** A target that can share a phrase with others: `objects under a/* and b/* in the bucket`. */
export interface DescribedTarget extends Target {
  readonly group?: {
    readonly kind: 'objects' | 'bucket' | 'user';
    readonly of: string;
    readonly name: string;
  };
}

export class Targets {
  constructor(
    private readonly values: Values,
    private readonly names: Names,
  ) {}

  /** @param self what `*` stands for: the key that a key policy is of. @default everything in the account */
  describe(value: unknown, stackName: string, self?: Resource): DescribedTarget {
    const parts = this.values.parts(value, stackName);
    const arn = this.values.written(value, stackName);
    const [first, second] = parts;
    if (arn === '*') {
      return self ? { words: this.names.the(self), arn, path: self.path } : { words: 'everything', arn };
    }
    const pointers = parts.filter((part) => typeof part === 'object');
    const resource = pointers[0] && this.values.original(pointers[0].resource);
    const belonging = resource ? { path: resource.path } : {};
    if (
      typeof first === 'object' &&
      (parts.length === 1 || (parts.length === 2 && typeof second === 'string'))
    ) {
      const suffix = second as string | undefined;
      return { ...this.beside(first, suffix), arn, ...belonging };
    }
    return { ...this.byArn(parts), arn, ...belonging };
  }

  /** One phrase for several: what they have in common is said once. */
  together(targets: readonly DescribedTarget[]): string {
    const phrases: string[] = [];
    for (const target of targets) {
      const { group } = target;
      const of = targets.filter((other) => other.group?.of === group?.of).map((other) => other.group);
      if (!group) phrases.push(target.words);
      else if (group.kind === 'user') {
        const users = of.filter((other) => other?.kind === 'user').map((other) => other?.name ?? '');
        phrases.push(
          users.length > 1
            ? `the users ${listed(users)} of ${group.of}`
            : `the user ${group.name} of ${group.of}`,
        );
      } else {
        const prefixes = of.filter((other) => other?.kind === 'objects').map((other) => other?.name ?? '');
        const bucket = of.some((other) => other?.kind === 'bucket');
        const all = prefixes.includes('*');
        if (bucket && all) phrases.push(`${group.of} and everything in it`);
        else {
          if (bucket) phrases.push(group.of);
          if (prefixes.length > 0) phrases.push(objects(prefixes, group.of));
        }
      }
    }
    return listed([...new Set(phrases)]);
  }

  /** A reference, with text behind it: objects of a bucket, versions of a function. */
  private beside(pointer: Pointer, suffix?: string): Omit<DescribedTarget, 'arn'> {
    const resource = this.values.original(pointer.resource);
    const of = this.names.the(resource, pointer.attribute);
    if (resource.type === 'AWS::S3::Bucket') {
      if (!suffix) return { words: of, group: { kind: 'bucket', of, name: '' } };
      const name = suffix.replace(/^\//, '').replaceAll(account, '{account}');
      return { words: objects([name], of), group: { kind: 'objects', of, name } };
    }
    if (!suffix) return { words: of };
    if (suffix === ':*')
      return { words: `every ${resource.type === 'AWS::Lambda::Function' ? 'version' : 'part'} of ${of}` };
    return { words: `${suffix.replace(/^[:/]/, '')} of ${of}` };
  }

  private byArn(parts: Parts): Omit<DescribedTarget, 'arn'> {
    const text = parts
      .map((part) =>
        typeof part === 'string' ? part : this.names.plain(this.values.original(part.resource)),
      )
      .join('')
      .replaceAll(`\${`, '{');
    const [, , service = '', , , ...rest] = text.split(':');
    const name = rest.join(':');
    if (!text.startsWith('arn:') || name === '') return { words: text };
    const pointer = parts.find((part) => typeof part === 'object');
    const of = pointer && this.names.the(this.values.original(pointer.resource), pointer.attribute);
    const user = /^dbuser:.*\/([^/]+)$/.exec(name)?.[1];
    if (service === 'rds-db' && user && of) {
      return { words: `the user ${user} of ${of}`, group: { kind: 'user', of, name: user } };
    }
    if (service === 'execute-api' && pointer) {
      const [, , ...path] = name.split('/');
      if (name.includes('/authorizers/'))
        return {
          words: this.names.the(
            (parts.filter((part) => typeof part === 'object').at(-1) ?? pointer).resource,
          ),
        };
      return {
        words: path.every((step) => step === '*')
          ? `every route of ${of}`
          : `the route ${path.join(' /')} of ${of}`,
      };
    }
    if (service === 's3') {
      const [bucket = '', ...key] = name.split('/');
      const bucketWords =
        bucket === '*' ? 'any bucket' : `${/[*?]/.test(bucket) ? 'buckets named' : 'the bucket'} ${bucket}`;
      return { words: key.length > 0 ? objects([key.join('/')], bucketWords) : bucketWords };
    }
    // A reference that is the whole name: the resource itself, in the form of ARN that a service wants.
    if (of && pointer && parts.at(-1) === pointer && parts.length === 2) return { words: of };
    if (of && pointer && parts.length === 3 && parts.at(-1) === '/*') return { words: `every part of ${of}` };
    return { words: named(service, name) };
  }
}

/** `secret:landfall/database-url-??????`, `log-group:*`, `role/cdk-*` */
function named(service: string, name: string): string {
  const [, type = '', id = ''] = /^([a-z-]+)[:/](.+)$/.exec(name) ?? [];
  if (!type)
    return /[*?]/.test(name) ? `every ${service} resource ${name}` : `the ${service} resource ${name}`;
  const noun = type.includes('-') ? type.replaceAll('-', ' ') : spaced(type);
  // Secrets Manager adds six characters to the name of a secret.
  const plain = service === 'secretsmanager' ? id.replace(/-(\?{6}|\*)$/, '') : id;
  if (plain === '*') return `every ${noun} of this account`;
  return /[*?]/.test(plain) ? `every ${noun} named ${plain}` : `the ${noun} ${plain}`;
}

function objects(prefixes: readonly string[], bucket: string): string {
  if (prefixes.includes('*')) return `objects in ${bucket}`;
  const folders = prefixes.filter((prefix) => prefix.endsWith('*'));
  const single = prefixes.filter((prefix) => !prefix.endsWith('*'));
  return listed([
    ...(folders.length > 0 ? [`objects under ${listed(folders)} in ${bucket}`] : []),
    ...(single.length > 0 ? [`the object ${listed(single)} in ${bucket}`] : []),
  ]);
}

/** Account and region in words, wherever they stand. */
export const plainText = (text: string): string =>
  text.replaceAll(account, 'this account').replaceAll(region, 'this region');
