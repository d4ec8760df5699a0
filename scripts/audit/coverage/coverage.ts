/** Which grants of the roles are used, which never are, and what was denied. */
import { type Unexercised, unexercised } from '../../../lib/guardrails/unexercised';
import { fits } from '../../../lib/iam/wildcards';
import { type Grant, type Grants, nameOf } from './grants';
import type { DeniedAccess } from './uses';

/** Path of a role -> name of a grant -> journeys that used it, separated by commas. The content of test/journeys/exercised.json. */
export type Exercised = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface RoleCoverage {
  readonly role: string;
  readonly used: readonly UsedGrant[];
  readonly neverUsed: readonly UnusedGrant[];
  readonly denied: readonly DeniedAccess[];
}

export interface UsedGrant {
  readonly grant: string;
  /** Journeys that used it; empty when the record of a run says so. */
  readonly by: readonly string[];
}

export interface UnusedGrant {
  readonly grant: string;
  /** Why it is there. @default nobody knows */
  readonly reason?: string;
  /** File of a test that exercises it. */
  readonly test?: string;
}

/** @param name of the grant within its role */
export const reasonFor = (
  role: string,
  name: string,
  reasons: readonly Unexercised[] = unexercised,
): Unexercised | undefined => reasons.find((entry) => fits(entry.role, role) && fits(entry.grant, name));

export const findReason = (
  { role, action, resource }: Pick<Grant, 'role' | 'action' | 'resource'>,
  reasons?: readonly Unexercised[],
): Unexercised | undefined => reasonFor(role, nameOf({ action, resource }), reasons);

/** Callers that are no roles of the assembly come last, with nothing but what was denied to them. */
export function coverageOf(
  { roles, grants }: Grants,
  usedBy: (grant: Grant) => readonly string[] | undefined,
  denied: readonly DeniedAccess[] = [],
  reasons: readonly Unexercised[] = unexercised,
): RoleCoverage[] {
  const paths = new Set(roles.map(({ path }) => path));
  const others = new Set(denied.map(({ caller }) => caller).filter((caller) => !paths.has(caller)));
  return [...[...paths].sort(), ...[...others].sort()].map((role) => {
    const own = grants.filter((grant) => grant.role === role);
    return {
      role,
      used: own.flatMap((grant) => {
        const by = usedBy(grant);
        return by ? [{ grant: nameOf(grant), by }] : [];
      }),
      neverUsed: own
        .filter((grant) => !usedBy(grant))
        .map((grant) => {
          const { reason, test } = findReason(grant, reasons) ?? {};
          return { grant: nameOf(grant), ...(reason && { reason }), ...(test && { test }) };
        }),
      denied: denied.filter(({ caller }) => caller === role),
    };
  });
}

export const byJourneys =
  (exercised: Exercised) =>
  (grant: Grant): readonly string[] | undefined =>
    exercised[grant.role]?.[nameOf(grant)]?.split(', ');

/** Whether everything is used or has a reason, and nothing was denied. */
export const isCovered = (coverage: readonly RoleCoverage[]): boolean =>
  coverage.every(({ neverUsed, denied }) => denied.length === 0 && neverUsed.every(({ reason }) => reason));

const keyOf = (grant: Grant): string => `${grant.role}: ${nameOf(grant)}`;

/** Grants of any of the assemblies that nothing exercises and no reason explains, each once. */
export function unexplained(
  assemblies: readonly Grants[],
  exercised: Exercised,
  reasons: readonly Unexercised[] = unexercised,
): string[] {
  const usedBy = byJourneys(exercised);
  return distinct(assemblies)
    .filter((grant) => !usedBy(grant) && !findReason(grant, reasons))
    .map(keyOf);
}

/** Entries of the record of journeys that no assembly grants any more. */
export function goneFromRecord(assemblies: readonly Grants[], exercised: Exercised): string[] {
  const granted = new Set(distinct(assemblies).map(keyOf));
  return Object.entries(exercised)
    .flatMap(([role, names]) => Object.keys(names).map((name) => `${role}: ${name}`))
    .filter((key) => !granted.has(key));
}

/** Reasons that explain nothing: no assembly has the grant, or journeys use every one that they are about. */
export function staleReasons(
  assemblies: readonly Grants[],
  exercised: Exercised,
  reasons: readonly Unexercised[] = unexercised,
): Unexercised[] {
  const usedBy = byJourneys(exercised);
  const needed = new Set(
    distinct(assemblies)
      .filter((grant) => !usedBy(grant))
      .map((grant) => findReason(grant, reasons)),
  );
  return reasons.filter((reason) => !needed.has(reason));
}

function distinct(assemblies: readonly Grants[]): Grant[] {
  const grants = assemblies.flatMap((assembly) => assembly.grants);
  return [...new Map(grants.map((grant) => [keyOf(grant), grant])).values()];
}
