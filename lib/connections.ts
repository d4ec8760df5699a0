import type { Configuration } from './config/load';
import {
  type ConnectionShare,
  type ConnectionShares,
  divideConnections,
} from './constructs/connection-budget';
import { contractsOf, usesDatabase } from './contracts';
import { jobConcurrency, scheduledJobs } from './stacks/jobs';
import { workersOf } from './workers';

/**
 * How many copies of each function may run at once, so that all of them together leave the connections of the
 * database that nobody has set aside for them. Computed once, because stacks know of their own functions only.
 * @returns undefined for a database that we do not size
 */
export function shareConnections(
  configuration: Configuration,
  maxConnections: number | undefined,
): ConnectionShares | undefined {
  if (maxConnections === undefined) return undefined;
  const forFunctions = Math.floor(maxConnections * configuration.environment.api.databaseConnectionShare);
  return divideConnections(forFunctions - scheduledJobs * jobConcurrency, weights(configuration));
}

/** Functions that share the connections; a sign-in needs one for a moment, a route for as long as its answer takes. */
function weights(configuration: Configuration): readonly ConnectionShare[] {
  const { environment, blueprint } = configuration;
  return [
    ...contractsOf(configuration)
      .filter(usesDatabase)
      .map(({ domain, routes }) => ({ name: domain, weight: routes.length })),
    // The least that an event source mapping lets run at once.
    ...workersOf(blueprint).map(({ bundle, weight = 2 }) => ({ name: bundle, weight, least: 2 })),
    { name: 'account-export', weight: 1 },
    ...(blueprint.identity === 'cognito'
      ? [
          // Asked at every sign-in and at every renewal of a session.
          { name: 'pre-token-generation', weight: 4 },
          { name: 'post-confirmation', weight: 1 },
          ...(environment.auth.userMigration?.importedHashes ? [{ name: 'user-migration', weight: 2 }] : []),
        ]
      : []),
  ];
}
