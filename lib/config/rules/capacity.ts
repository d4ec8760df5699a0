import { memoryGiB } from '../../constructs/instance-class';
import { show } from '../fault';
import type { Rule } from './rule';

export const capacityRules: readonly Rule[] = [
  {
    rule: 'storage can grow by a tenth or more',
    reads: ['environment.database.allocatedGiB', 'environment.database.maxAllocatedGiB'],
    check: ({ environment: { database } }) => {
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
      const least = Math.ceil((database.allocatedGiB * 11) / 10);
      if (database.maxAllocatedGiB >= least) return [];
      return [
        {
          path: 'environment.database.maxAllocatedGiB',
          found: `${database.maxAllocatedGiB}, with ${database.allocatedGiB} GiB allocated`,
          expected: `at least ${least}: RDS takes no autoscaling limit less than 10 % above the allocated storage`,
          fix: `Raise environment.database.maxAllocatedGiB to ${least} or more, or lower environment.database.allocatedGiB.`,
        },
      ];
    },
  },
  {
    rule: 'the memory of the instance class is known',
    reads: ['environment.database.instanceClass', 'blueprint.database'],
    check: ({ environment: { database }, blueprint }) => {
      if (blueprint.database !== 'rds' || isKnown(database.instanceClass)) return [];
      return [
        {
          path: 'environment.database.instanceClass',
          found: show(database.instanceClass),
          expected:
            'a t3, t4g, m5 to m8g or r5 to r8g class: alarms and concurrency are computed from its memory',
          fix: 'Choose such a class, or add the memory of this one to lib/constructs/instance-class.ts.',
        },
      ];
    },
  },
];

function isKnown(instanceClass: string): boolean {
  try {
    return memoryGiB(instanceClass) > 0;
  } catch {
    return false;
  }
}
