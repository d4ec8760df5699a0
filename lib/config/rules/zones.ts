import type { Rule } from './rule';

const base = 'environment.network';
const addZone = `Add a second subnet to ${base}.privateSubnets and ${base}.publicSubnets`;

export const zoneRules: readonly Rule[] = [
  {
    rule: 'public and private subnets come in pairs, one of each per zone',
    reads: [`${base}.publicSubnets`, `${base}.privateSubnets`],
    check: ({ environment: { network } }) => {
      const [open, closed] = [network.publicSubnets.length, network.privateSubnets.length];
      if (open === closed) return [];
      return [
        {
          path: `${base}.publicSubnets`,
          found: `${open} public and ${closed} private subnets`,
          expected: 'as many public as private subnets: the n-th of each shares an availability zone',
          fix: `Add the missing range to ${open < closed ? 'publicSubnets' : 'privateSubnets'}, or take one away from the other list.`,
        },
      ];
    },
  },
  {
    rule: 'an RDS subnet group covers two zones',
    reads: [`${base}.privateSubnets`, 'blueprint.database'],
    check: ({ environment: { network }, blueprint }) => {
      if (blueprint.database !== 'rds' || network.privateSubnets.length > 1) return [];
      return [
        {
          path: `${base}.privateSubnets`,
          found: '1 subnet',
          expected:
            'at least 2: RDS accepts no subnet group in one availability zone, not even for one instance',
          fix: `${addZone}.`,
        },
      ];
    },
  },
  {
    rule: 'a Multi-AZ database has a second zone to fail over to',
    reads: [`${base}.privateSubnets`, 'environment.database.multiAz', 'blueprint.database'],
    check: ({ environment: { network, database }, blueprint }) => {
      if (blueprint.database !== 'rds' || !database.multiAz || network.privateSubnets.length > 1) return [];
      return [
        {
          path: 'environment.database.multiAz',
          found: 'true, with 1 private subnet and therefore 1 availability zone',
          expected: 'at least 2 private subnets',
          fix: `${addZone}, or set environment.database.multiAz to false.`,
        },
      ];
    },
  },
  {
    rule: 'cache replicas have a second zone to live in',
    reads: [`${base}.privateSubnets`, 'environment.cache.replicas', 'blueprint.cache'],
    check: ({ environment: { network, cache }, blueprint }) => {
      if (blueprint.cache !== 'elasticache' || cache.replicas === 0 || network.privateSubnets.length > 1)
        return [];
      return [
        {
          path: 'environment.cache.replicas',
          found: `${cache.replicas}, with 1 private subnet and therefore 1 availability zone`,
          expected: 'at least 2 private subnets: ElastiCache fails over only between zones',
          fix: `${addZone}, or set environment.cache.replicas to 0.`,
        },
      ];
    },
  },
];
