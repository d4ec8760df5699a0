/**
 * Connections one execution environment of a function holds: Lambda runs one request at a time in it, so a
 * pool would only keep connections idle.
 */
export const connectionsPerEnvironment = 1;

/** Copies of functions that may run at once, by name. */
export type ConnectionShares = ReadonlyMap<string, number>;

export interface ConnectionShare {
  readonly name: string;
  /** Relative need, for example the number of routes. */
  readonly weight: number;
  /** Copies that it cannot do without. @default 1 */
  readonly least?: number;
}

/**
 * How many copies of each function may run at once so that together they never hold more database connections
 * than are set aside for them, and no connection is left over. At least what each cannot do without.
 *
 * @throws Error when there are fewer connections than that
 */
export function divideConnections(connections: number, shares: readonly ConnectionShare[]): ConnectionShares {
  const available = Math.floor(connections / connectionsPerEnvironment);
  const least = (share: ConnectionShare) => share.least ?? 1;
  const needed = shares.reduce((sum, share) => sum + least(share), 0);
  if (available < needed) {
    throw new Error(
      `The database has ${connections} connections for ${shares.length} functions ` +
        `(${shares.map((share) => share.name).join(', ')}), expected at least ${needed}. ` +
        'Raise database.instanceClass or api.databaseConnectionShare.',
    );
  }
  // What each cannot do without first, so that a light function is never rounded down to nothing.
  const rest = available - needed;
  const total = shares.reduce((sum, share) => sum + share.weight, 0) || 1;
  const exact = shares.map((share) => ({
    name: share.name,
    copies: least(share) + (rest * share.weight) / total,
  }));
  const whole = new Map(exact.map(({ name, copies }) => [name, Math.floor(copies)]));
  // What rounding down leaves goes to those it took most from.
  const left = available - [...whole.values()].reduce((sum, copies) => sum + copies, 0);
  const byLoss = exact.toSorted((a, b) => (b.copies % 1) - (a.copies % 1));
  for (const { name } of byLoss.slice(0, left)) whole.set(name, (whole.get(name) ?? 0) + 1);
  return whole;
}

/** Copies of a function that may run at once, or why they are not counted. */
export function concurrencyOf(shares: ConnectionShares | undefined, name: string) {
  return (
    shares?.get(name) ?? {
      reason: 'Limits exist to protect the connections of a database of ours, and this function has none.',
      date: '2026-11-20',
    }
  );
}
