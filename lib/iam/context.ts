/** Condition keys of a request: what its sender says, and what follows from who sends it. */
import type { AccessRequest, Caller } from './access';

export interface RequestContext {
  /** @returns undefined when the request lacks the key, or has no value of it */
  get(key: string): readonly string[] | undefined;
}

const roleArn = /^arn:([^:]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/s;

/** Account of an ARN; undefined where it has none, as those of buckets. */
const accountOf = (arn: string): string | undefined => arn.split(':', 5)[4] || undefined;

/** @returns undefined for callers that are in no account */
export const callerAccount = (caller: Caller): string | undefined =>
  caller.kind === 'role' ? accountOf(caller.arn) : undefined;

/** ARN of the caller's session, without the name of the session when that is not known. */
export function sessionArn({ arn, session = '' }: Extract<Caller, { kind: 'role' }>): string {
  const [, partition, account, name] = roleArn.exec(arn) ?? [];
  if (!name) throw new Error(`${arn} is no role; expected arn:aws:iam::<account>:role/<path><name>.`);
  return `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`;
}

export function resourceAccount({ resource, resourceAccount, caller }: AccessRequest): string | undefined {
  return resourceAccount ?? accountOf(resource) ?? callerAccount(caller);
}

/**
 * What the request need not say. It may: its own values replace these.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (2026-11-26)
 */
function* keysOf(request: AccessRequest): Generator<[string, string | readonly string[]]> {
  const { caller } = request;
  const account = resourceAccount(request);
  if (account) yield ['aws:ResourceAccount', account];
  yield ['aws:ViaAWSService', 'false'];
  if (caller.kind === 'role') {
    yield ['aws:PrincipalArn', caller.arn];
    yield ['aws:PrincipalType', 'AssumedRole'];
    yield ['aws:PrincipalIsAWSService', 'false'];
    // Sessions of roles are temporary credentials, so they say whether there was a second factor.
    yield ['aws:MultiFactorAuthPresent', 'false'];
    const own = callerAccount(caller);
    if (own) yield ['aws:PrincipalAccount', own];
    for (const [key, value] of Object.entries(caller.tags ?? {})) yield [`aws:PrincipalTag/${key}`, value];
  }
  if (caller.kind === 'service') {
    yield ['aws:PrincipalIsAWSService', 'true'];
    yield ['aws:PrincipalServiceName', caller.name];
    yield ['aws:PrincipalServiceNamesList', [caller.name]];
  }
  if (caller.kind === 'anonymous') {
    yield ['aws:PrincipalType', 'Anonymous'];
    yield ['aws:PrincipalAccount', 'anonymous'];
  }
}

/** Names of keys are compared without regard to case, those of tags in them too. */
export function contextOf(request: AccessRequest): RequestContext {
  // Most requests meet no statement that asks.
  let values: ReadonlyMap<string, readonly string[]> | undefined;
  return {
    get(key) {
      values ??= valuesOf(request);
      const name = key.toLowerCase();
      const found = values.get(name);
      if (found) return found.length > 0 ? found : undefined;
      // Every request has a time.
      if (name === 'aws:currenttime') return [new Date().toISOString()];
      if (name === 'aws:epochtime') return [String(Math.floor(Date.now() / 1000))];
      return undefined;
    },
  };
}

function valuesOf(request: AccessRequest): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const [key, value] of [...keysOf(request), ...Object.entries(request.context ?? {})]) {
    values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return values;
}
