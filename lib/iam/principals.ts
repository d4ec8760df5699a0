/**
 * Whom a statement is about.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (2026-11-26)
 */
import type { Caller } from './access';
import { callerAccount, sessionArn } from './context';
import { PolicyError } from './errors';

/** How a statement names a caller. An account only lets its own policies decide. */
export type Naming = 'everyone' | 'account' | 'role' | 'session' | 'service' | 'federated';

export interface Principals {
  readonly everyone: boolean;
  readonly AWS: readonly string[];
  readonly Service: readonly string[];
  readonly Federated: readonly string[];
}

const types = ['AWS', 'Service', 'Federated', 'CanonicalUser'] as const;
type Type = (typeof types)[number];

/** @param where the statement, for messages */
export function principalsOf(element: unknown, where: string): Principals {
  if (element === '*') return { everyone: true, AWS: [], Service: [], Federated: [] };
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw new PolicyError(
      `${where} has the principal ${JSON.stringify(element)}; expected "*" or an object with ${types.join(', ')}.`,
    );
  }
  const of: Record<Type, string[]> = { AWS: [], Service: [], Federated: [], CanonicalUser: [] };
  for (const [type, value] of Object.entries(element)) {
    if (!types.includes(type as Type)) {
      throw new PolicyError(`${where} has principals of type ${type}; expected ${types.join(', ')}.`);
    }
    of[type as Type] = [value].flat().map((name) => {
      if (typeof name !== 'string') {
        throw new PolicyError(
          `${where} has the principal ${JSON.stringify(name)}, where text was expected: resolve intrinsic functions first.`,
        );
      }
      if (name.includes('*') && !(type === 'AWS' && name === '*')) {
        throw new PolicyError(
          `${where} has the principal "${name}": a part of a principal cannot be a wildcard. Name "*" with a condition on aws:PrincipalArn.`,
        );
      }
      return name;
    });
  }
  return { everyone: of.AWS.includes('*'), AWS: of.AWS, Service: of.Service, Federated: of.Federated };
}

const namesAccount = (name: string, account: string): boolean =>
  name === account || (name.endsWith(`:${account}:root`) && /^arn:[^:]+:iam::\d{12}:root$/.test(name));

/** @returns undefined when the principals do not include the caller; else the most particular way they name it */
export function namingOf(principals: Principals, caller: Caller): Naming | undefined {
  if (caller.kind === 'role') {
    const session = caller.session && sessionArn(caller);
    const account = callerAccount(caller);
    if (session && principals.AWS.includes(session)) return 'session';
    if (principals.AWS.includes(caller.arn)) return 'role';
    if (principals.everyone) return 'everyone';
    return account && principals.AWS.some((name) => namesAccount(name, account)) ? 'account' : undefined;
  }
  if (caller.kind === 'service' && principals.Service.includes(caller.name)) return 'service';
  if (caller.kind === 'federated' && principals.Federated.includes(caller.provider)) return 'federated';
  return principals.everyone ? 'everyone' : undefined;
}

/**
 * Whom NotPrincipal leaves out. A role is left out when its account and itself are named, and its session is when
 * sessions of the role are named too.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html (2026-11-26)
 */
export function isExempt(principals: Principals, caller: Caller): boolean {
  if (caller.kind !== 'role') return namingOf(principals, caller) !== undefined;
  if (principals.everyone) return true;
  const account = callerAccount(caller);
  const sessions = sessionArn({ ...caller, session: '' });
  return (
    account !== undefined &&
    principals.AWS.some((name) => namesAccount(name, account)) &&
    principals.AWS.includes(caller.arn) &&
    (!principals.AWS.some((name) => name.startsWith(sessions)) ||
      principals.AWS.includes(`${sessions}${caller.session}`))
  );
}
