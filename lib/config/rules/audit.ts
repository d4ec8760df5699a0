import { show } from '../fault';
import type { Configuration, Rule } from './rule';

interface Requirement {
  readonly path: string;
  readonly value: (configuration: Configuration) => unknown;
  readonly meets: (value: never) => boolean;
  readonly expected: string;
  readonly set: string;
  /** The blueprint's word without which the requirement has no object. */
  readonly only?: (configuration: Configuration) => boolean;
}

const isTrue = (value: boolean) => value;
const rds = ({ blueprint }: Configuration) => blueprint.database === 'rds';
const elasticache = ({ blueprint }: Configuration) => blueprint.cache === 'elasticache';

/** What the packs of `audit: full` (NIST 800-53, HIPAA, PCI DSS) would fail at synthesis, said in our words. */
const requirements: readonly Requirement[] = [
  {
    path: 'environment.network.flowLogs',
    value: ({ environment }) => environment.network.flowLogs,
    meets: isTrue,
    expected: 'true: connections are recorded',
    set: 'true',
  },
  {
    path: 'environment.api.waf',
    value: ({ environment }) => environment.api.waf,
    meets: isTrue,
    expected: 'true: a web ACL stands in front of the API',
    set: 'true',
  },
  {
    path: 'environment.storage.accessLogs',
    value: ({ environment }) => environment.storage.accessLogs,
    meets: isTrue,
    expected: 'true: access to buckets is recorded',
    set: 'true',
  },
  {
    path: 'environment.storage.cdn.logging',
    value: ({ environment }) => environment.storage.cdn.logging,
    meets: isTrue,
    expected: 'true: access to the distribution is recorded',
    set: 'true',
  },
  {
    path: 'environment.database.multiAz',
    value: ({ environment }) => environment.database.multiAz,
    meets: isTrue,
    expected: 'true: one availability zone may fail',
    set: 'true',
    only: rds,
  },
  {
    path: 'environment.database.enhancedMonitoring',
    value: ({ environment }) => environment.database.enhancedMonitoring,
    meets: isTrue,
    expected: 'true: the operating system of the database is watched',
    set: 'true',
    only: rds,
  },
  {
    path: 'environment.cache.replicas',
    value: ({ environment }) => environment.cache.replicas,
    meets: (replicas: number) => replicas > 0,
    expected: 'at least 1: one availability zone may fail',
    set: '1',
    only: elasticache,
  },
  {
    path: 'environment.cache.snapshotDays',
    value: ({ environment }) => environment.cache.snapshotDays,
    meets: (days: number) => days >= 15,
    expected: 'at least 15, the least that the NIST 800-53 pack accepts',
    set: '15',
    only: elasticache,
  },
  {
    path: 'environment.auth.mfa',
    value: ({ environment }) => environment.auth.mfa,
    meets: (mfa: string) => mfa !== 'off',
    expected: '"optional" or "required": users can protect their account with a second factor',
    set: '"optional"',
    only: ({ blueprint }) => blueprint.identity === 'cognito',
  },
];

export const auditRules: readonly Rule[] = [
  {
    rule: 'a fully audited environment has what its audit asks for',
    reads: [
      'environment.audit',
      'blueprint.database',
      'blueprint.cache',
      'blueprint.identity',
      ...requirements.map((requirement) => requirement.path),
    ],
    check: (configuration) => {
      if (configuration.environment.audit !== 'full') return [];
      return requirements
        .filter(({ only = () => true }) => only(configuration))
        .filter(({ value, meets }) => !meets(value(configuration) as never))
        .map(({ path, value, expected, set }) => ({
          path,
          found: `${show(value(configuration))}, with audit "full"`,
          expected,
          fix: `Set ${path} to ${set}, or environment.audit to "baseline".`,
        }));
    },
  },
  {
    rule: 'somebody hears the alarms of a fully audited environment',
    reads: ['environment.audit', 'environment.monitoring.emails', 'environment.monitoring.slack'],
    check: ({ environment: { audit, monitoring } }) => {
      if (audit !== 'full' || monitoring.emails.length > 0 || monitoring.slack) return [];
      return [
        {
          path: 'environment.monitoring.emails',
          found: '[], and no slack, with audit "full"',
          expected: 'at least one address or Slack: an alarm that nobody hears is none',
          fix: 'Add the address of whoever is on call, or environment.monitoring.slack.',
        },
      ];
    },
  },
];
