import { contract as documents } from '../lambdas/documents/contract';
import { contract as health } from '../lambdas/health/contract';
import type { Contract, Route } from '../lambdas/shared/contract';
import type { Blueprint } from './config/schema';

const byCapability: Record<Blueprint['capabilities'][number], readonly Contract[]> = {
  documents: [documents],
};

/** The contracts a blueprint's capabilities consist of, plus the ones every deployment has. */
export function contractsOf(capabilities: Blueprint['capabilities']): readonly Contract[] {
  return [health, ...new Set(capabilities.flatMap((capability) => byCapability[capability]))];
}

/** Whether any route of the contract opens a database connection. */
export const usesDatabase = (contract: Contract): boolean =>
  contract.routes.some((route) => route.uses.some((use) => 'database' in use));

/** Whether any route of the contract talks to the cache. */
export const usesCache = (contract: Contract): boolean =>
  contract.routes.some((route) => route.uses.some((use) => 'cache' in use));

/** Names of the `{parameters}` in a route's path, in order. */
export const pathParameters = (route: Route): readonly string[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
