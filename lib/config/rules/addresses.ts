import { contractsOf, usesCache, usesDatabase } from '../../contracts';
import { workersOf } from '../../workers';
import { contains, overlap, parseCidr } from '../cidr';
import { show } from '../fault';
import type { NetworkConfig } from '../schema';
import type { Configuration, Rule } from './rule';

const base = 'environment.network';
const subnets = [`${base}.publicSubnets`, `${base}.privateSubnets`];

/** Every range of the network with its path, the subnets in the order they are written. */
function subnetsOf(network: NetworkConfig) {
  return (['publicSubnets', 'privateSubnets'] as const).flatMap((list) =>
    network[list].map((cidr, index) => ({ path: `${base}.${list}[${index}]`, cidr, range: parseCidr(cidr) })),
  );
}

/** AWS keeps the first four addresses and the last one of every subnet. */
const reservedByAws = 5;

/**
 * Addresses that a private subnet must have when everything lands in the same one, as after the loss of the
 * other zone.
 * - Functions share one network interface per subnet and set of security groups. Every function in the VPC has a
 *   set of its own, and AWS adds the new interfaces before it takes the old ones away.
 * - RDS keeps one address free beside the instance's, for recovery.
 * - RDS Proxy asks for ten free addresses up to instance class xlarge.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-network-prereqs.html
 */
export function addressesNeeded({ environment, blueprint }: Configuration): number {
  const functions = 2 * functionsInVpc({ environment, blueprint }).length;
  const database = blueprint.database === 'rds' ? 2 + (environment.database.proxy ? 10 : 0) : 0;
  const cache = blueprint.cache === 'elasticache' ? 1 + environment.cache.replicas : 0;
  const endpoints =
    environment.network.interfaceEndpoints.length + (environment.network.databaseAccess === 'none' ? 0 : 2);
  return reservedByAws + functions + database + cache + endpoints;
}

/** Functions that live in the VPC, because they reach the database. */
export const functionsInVpc = ({ environment, blueprint }: Configuration): readonly string[] => [
  ...contractsOf({ environment, blueprint })
    .filter((contract) => usesDatabase(contract) || usesCache(contract))
    .map(({ domain }) => domain),
  ...['account-export', 'migrations', 'files-sweep', 'accounts-sweep'],
  ...workersOf(blueprint).map(({ bundle }) => bundle),
  ...(blueprint.identity === 'cognito' ? ['post-confirmation', 'pre-token-generation'] : []),
  ...(blueprint.identity === 'cognito' && environment.auth.userMigration?.importedHashes
    ? ['user-migration']
    : []),
];

export const addressRules: readonly Rule[] = [
  {
    rule: 'a range is written with its first address',
    reads: [`${base}.cidr`, ...subnets],
    check: ({ environment: { network } }) =>
      [{ path: `${base}.cidr`, cidr: network.cidr, range: parseCidr(network.cidr) }, ...subnetsOf(network)]
        .filter(({ cidr, range }) => cidr !== range.canonical)
        .map(({ path, cidr, range }) => ({
          path,
          found: show(cidr),
          expected: `the first address of the range, ${range.canonical}`,
          fix: `Write ${range.canonical}, or choose another prefix length if ${cidr.split('/')[0]} was meant to begin a smaller range.`,
        })),
  },
  {
    rule: 'the VPC is between /16 and /28',
    reads: [`${base}.cidr`],
    check: ({ environment: { network } }) => {
      const { prefix } = parseCidr(network.cidr);
      if (prefix >= 16 && prefix <= 28) return [];
      return [
        {
          path: `${base}.cidr`,
          found: show(network.cidr),
          expected: 'a range from /16 to /28, the sizes AWS allows for a VPC',
          fix: 'Choose a prefix length from 16 to 28; /16 leaves room for every subnet to come.',
        },
      ];
    },
  },
  {
    rule: 'every subnet lies inside the VPC',
    reads: [`${base}.cidr`, ...subnets],
    check: ({ environment: { network } }) =>
      subnetsOf(network)
        .filter(({ range }) => !contains(parseCidr(network.cidr), range))
        .map(({ path, cidr }) => ({
          path,
          found: show(cidr),
          expected: `a range inside the VPC's ${network.cidr}`,
          fix: `Move the subnet into ${network.cidr}, or widen ${base}.cidr.`,
        })),
  },
  {
    rule: 'no two subnets overlap',
    reads: subnets,
    check: ({ environment: { network } }) => {
      const all = subnetsOf(network);
      return all.flatMap((subnet, index) =>
        all
          .slice(0, index)
          .filter((earlier) => overlap(earlier.range, subnet.range))
          .map((earlier) => ({
            path: subnet.path,
            found: `${show(subnet.cidr)}, which overlaps ${earlier.path} (${earlier.cidr})`,
            expected: 'a range that no other subnet uses',
            fix: 'Give one of the two a range of its own.',
          })),
      );
    },
  },
  {
    rule: 'every subnet is /28 or larger',
    reads: subnets,
    check: ({ environment: { network } }) =>
      subnetsOf(network)
        .filter(({ range }) => range.prefix > 28)
        .map(({ path, cidr }) => ({
          path,
          found: show(cidr),
          expected: 'a range of /28 or larger, the smallest subnet AWS creates',
          fix: 'Use a prefix length of 28 or less; /24 is a good size.',
        })),
  },
  {
    rule: 'a private subnet has an address for everything that may run in it',
    reads: [
      ...subnets,
      `${base}.interfaceEndpoints`,
      `${base}.databaseAccess`,
      'environment.database.proxy',
      'environment.cache.replicas',
      'blueprint.database',
      'environment.auth.userMigration',
      'environment.auth.magicLink',
      'blueprint.capabilities',
      'blueprint.cache',
      'blueprint.identity',
    ],
    check: (configuration) => {
      const needed = addressesNeeded(configuration);
      const prefix = 32 - Math.ceil(Math.log2(needed));
      return subnetsOf(configuration.environment.network)
        .filter(
          ({ path, range }) => path.includes('privateSubnets') && range.prefix > prefix && range.prefix <= 28,
        )
        .map(({ path, cidr, range }) => ({
          path,
          found: `${show(cidr)}, ${range.last - range.first + 1} addresses`,
          expected: `at least ${needed} addresses, /${prefix} or larger: 5 that AWS reserves, and those of functions, database, cache and endpoints when one zone has to carry all of them`,
          fix: `Use a prefix length of ${prefix} or less; /24 is a good size.`,
        }));
    },
  },
];
