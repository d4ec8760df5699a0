import { show } from '../fault';
import type { Configuration, Rule } from './rule';

/** The one look at a name: people copy dev to make prod, and `removal` is the line they forget. */
const isProduction = ({ environment: { name, audit } }: Configuration) =>
  ['prod', 'production', 'live'].includes(name) || audit === 'full';

/** Switches that keep stateful resources from being deleted by mistake. */
const locks = [
  {
    path: 'environment.terminationProtection',
    on: ({ environment }: Configuration) => environment.terminationProtection,
  },
  {
    path: 'environment.database.deletionProtection',
    on: ({ environment }: Configuration) => environment.database.deletionProtection,
  },
  {
    path: 'environment.auth.deletionProtection',
    on: ({ environment }: Configuration) => environment.auth.deletionProtection,
  },
];

export const protectionRules: readonly Rule[] = [
  {
    rule: 'production is never destroyed with its stacks',
    reads: ['environment.name', 'environment.audit', 'environment.removal'],
    check: (configuration) => {
      const { name, audit, removal } = configuration.environment;
      if (!isProduction(configuration) || removal !== 'destroy') return [];
      return [
        {
          path: 'environment.removal',
          found: `"destroy", in ${audit === 'full' ? 'an environment with audit "full"' : `an environment named ${name}`}`,
          expected: '"retain" or "snapshot"',
          fix: 'Set environment.removal to "retain": deleting a stack then leaves database, buckets and users in place.',
        },
      ];
    },
  },
  {
    rule: 'what may be destroyed is not locked',
    reads: [
      'environment.name',
      'environment.audit',
      'environment.removal',
      ...locks.map((lock) => lock.path),
    ],
    check: (configuration) => {
      // There the locks are right and `removal` is the fault, which the rule above reports.
      if (configuration.environment.removal !== 'destroy' || isProduction(configuration)) return [];
      return locks
        .filter((lock) => lock.on(configuration))
        .map((lock) => ({
          path: lock.path,
          found: 'true, with removal "destroy"',
          expected: 'false: the lock would make the deletion of the stack fail half way',
          fix: `Set ${lock.path} to false, or environment.removal to "retain" or "snapshot".`,
        }));
    },
  },
  {
    rule: 'what must survive is locked',
    reads: ['environment.removal', ...locks.map((lock) => lock.path)],
    check: (configuration) => {
      const { removal } = configuration.environment;
      if (removal === 'destroy') return [];
      return locks
        .filter((lock) => !lock.on(configuration))
        .map((lock) => ({
          path: lock.path,
          found: `false, with removal ${show(removal)}`,
          expected: 'true: data that outlives its stack is worth a lock against a single wrong command',
          fix: `Set ${lock.path} to true, or environment.removal to "destroy" if the data is worth nothing.`,
        }));
    },
  },
  {
    rule: 'data that must survive has backups of a week',
    reads: ['environment.removal', 'environment.database.backupDays', 'blueprint.database'],
    check: ({ environment: { removal, database }, blueprint }) => {
      if (blueprint.database !== 'rds' || removal === 'destroy' || database.backupDays >= 7) return [];
      return [
        {
          path: 'environment.database.backupDays',
          found: `${database.backupDays}, with removal ${show(removal)}`,
          expected: 'at least 7: a fault made on a Friday is often found after the weekend',
          fix: 'Set environment.database.backupDays to 7 or more.',
        },
      ];
    },
  },
];
