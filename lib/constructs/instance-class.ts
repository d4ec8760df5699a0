/** Memory in GiB of the smallest (`large`) size of a family; larger sizes are multiples of it. */
const largeGiB: Readonly<Record<string, number>> = { m: 8, r: 16 };
const generalFamilies = ['5', '5d', '6g', '6gd', '6i', '6id', '7g', '7i', '8g'];
const burstableGiB: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  '2xlarge': 32,
};
const multiples: Readonly<Record<string, number>> = {
  large: 1,
  xlarge: 2,
  '2xlarge': 4,
  '4xlarge': 8,
  '8xlarge': 16,
  '12xlarge': 24,
  '16xlarge': 32,
  '24xlarge': 48,
};

/** RDS divides the memory of the class by this many bytes per connection, and stops at 5000. */
const bytesPerConnection = 9_531_392;
/**
 * RDS keeps part of the nominal memory for the system and its agents (a t4g.micro ends up with about 85
 * connections, not 112), so the computed share stays below what RDS would choose by itself.
 */
const usableShare = 0.75;

/**
 * Memory of an RDS instance class in GiB.
 * @param instanceClass without `db.`, for example `t4g.micro`
 * @throws when the class is unknown, because alarms and concurrency limits are computed from it
 */
export function memoryGiB(instanceClass: string): number {
  const [family = '', size = ''] = instanceClass.split('.');
  const gib = ['t3', 't4g'].includes(family)
    ? burstableGiB[size]
    : generalFamilies.includes(family.slice(1)) && largeGiB[family.charAt(0)] && multiples[size]
      ? (largeGiB[family.charAt(0)] ?? 0) * multiples[size]
      : undefined;
  if (gib === undefined) {
    throw new Error(
      `database.instanceClass: the memory of "${instanceClass}" is not known, so its connections cannot be computed; ` +
        'use a t3, t4g, m5..m8g or r5..r8g class, or add it to lib/constructs/instance-class.ts',
    );
  }
  return gib;
}

/** Connections that we let an instance of this class accept; set as `max_connections`, so it is exact. */
export function maxConnections(instanceClass: string): number {
  return Math.min(
    5000,
    Math.floor((memoryGiB(instanceClass) * 1024 ** 3 * usableShare) / bytesPerConnection),
  );
}
