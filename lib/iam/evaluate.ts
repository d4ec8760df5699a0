/**
 * What IAM answers to a request, by the policies that apply to it.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (2026-11-26)
 */
import type { AccessRequest, ApplicablePolicies, Decision } from './access';
import { callerAccount, contextOf, resourceAccount } from './context';
import type { Policy, PolicyKind } from './policy';
import { type Applies, applying, prepareAll } from './statements';

export { PolicyError, UnknownConditionError } from './errors';

const keyArn = /^arn:[^:]+:kms:[^:]*:[^:]*:key\//;
const roleArn = /^arn:[^:]+:iam::[^:]*:role\//;

export const isTrust = ({ action, resource }: AccessRequest): boolean =>
  /^sts:/i.test(action) && roleArn.test(resource);

/** Keys and roles are out of reach of identity policies unless their own policy says so. */
const needsResourcePolicy = (request: AccessRequest): boolean =>
  isTrust(request) || (/^kms:/i.test(request.action) && keyArn.test(request.resource));

const places = (...groups: readonly (readonly Applies[])[]) => groups.flat().map(({ at }) => at);

/** @throws PolicyError when a policy cannot be evaluated, UnknownConditionError when that is by a condition of it */
export function decide(request: AccessRequest, policies: ApplicablePolicies): Decision {
  const context = contextOf(request);
  const { caller } = request;
  const isRole = caller.kind === 'role';
  const identity = applying((isRole && policies.identity) || [], 'identity', request, context);
  const boundary = isRole && policies.boundary && applying([policies.boundary], 'boundary', request, context);
  const kind = isTrust(request) ? 'trust' : 'resource';
  const resource = applying(policies.resource ?? [], kind, request, context);

  const denies = places(identity.denies, boundary ? boundary.denies : [], resource.denies);
  if (denies.length > 0) return { effect: 'deny', reason: 'explicit', by: denies };

  const allow = (...groups: readonly (readonly Applies[])[]): Decision => ({
    effect: 'allow',
    by: places(...groups),
  });
  const missing = (where: 'identity' | 'boundary' | 'resource'): Decision => ({
    effect: 'deny',
    reason: 'implicit',
    missing: where,
  });
  if (!isRole) return resource.allows.length > 0 ? allow(resource.allows) : missing('resource');

  const bounds = boundary ? boundary.allows : [];
  const within = !boundary || bounds.length > 0;
  if (callerAccount(caller) === resourceAccount(request)) {
    // Naming the account lets the identity policies decide, which they do without that, except for keys and roles.
    const direct = resource.allows.filter(({ naming }) => naming !== 'account');
    // What names the role is within its bounds; what names the session or everyone is not.
    const unbounded = direct.filter(({ naming }) => naming !== 'role');
    if (direct.length > 0 && within) return allow(identity.allows, resource.allows, bounds);
    if (unbounded.length > 0) return allow(unbounded);
    if (direct.length > 0) return missing('boundary');
    if (needsResourcePolicy(request) && resource.allows.length === 0) return missing('resource');
  } else if (resource.allows.length === 0) {
    return missing(identity.allows.length === 0 ? 'identity' : 'resource');
  }
  if (identity.allows.length === 0) return missing('identity');
  return within ? allow(identity.allows, resource.allows, bounds) : missing('boundary');
}

/**
 * For start-up: what cannot be evaluated is found before anything asks.
 * @param kind @default as its statements say: with principals, the policy of a resource
 * @throws PolicyError for an unknown operator, an element that is not known, a value that is not resolved
 */
export function checkPolicy(policy: Policy, kind: PolicyKind | 'boundary' = kindOf(policy)): void {
  prepareAll(policy, kind);
}

function kindOf({ document }: Policy): PolicyKind {
  const [first] = [document.Statement ?? []].flat();
  return first && ('Principal' in first || 'NotPrincipal' in first) ? 'resource' : 'identity';
}
