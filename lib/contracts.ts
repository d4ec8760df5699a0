import { contract as account } from '../lambdas/account/contract';
import { contract as documents } from '../lambdas/documents/contract';
import { contract as health } from '../lambdas/health/contract';
import { contract as jobs } from '../lambdas/jobs/contract';
import { contract as magicLink } from '../lambdas/magic-link/contract';
import { contract as photos } from '../lambdas/photos/contract';
import type { Contract, Route } from '../lambdas/shared/contract';
import type { Blueprint, EnvironmentConfig } from './config/schema';

/** What decides which contracts there are. */
export interface Offer {
  readonly environment: { readonly auth: Pick<EnvironmentConfig['auth'], 'magicLink'> };
  readonly blueprint: Pick<Blueprint, 'capabilities' | 'identity'>;
}

const byCapability: Record<Blueprint['capabilities'][number], readonly Contract[]> = {
  documents: [documents],
  photos: [photos],
  resumes: [jobs],
};

/** The contracts of a deployment: those it has in any case, of its sign-in, and of its capabilities. */
export function contractsOf({ environment, blueprint }: Offer): readonly Contract[] {
  const signIn = blueprint.identity === 'cognito' && environment.auth.magicLink ? [magicLink] : [];
  const capabilities = new Set(blueprint.capabilities.flatMap((capability) => byCapability[capability]));
  return [health, account, ...signIn, ...capabilities];
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
