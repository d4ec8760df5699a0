import { show } from '../fault';
import type { EnvironmentConfig } from '../schema';
import type { Rule } from './rule';

const reads = ['environment.permissionsBoundaryArn', 'environment.github'];

const arns = ({ permissionsBoundaryArn, github }: EnvironmentConfig) =>
  [
    ['environment.permissionsBoundaryArn', permissionsBoundaryArn] as const,
    ['environment.github.providerArn', github?.providerArn] as const,
  ].flatMap(([path, arn]) => (arn === undefined ? [] : [{ path, arn, parts: arn.split(':') }]));

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (2026-11) */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

/**
 * CloudFormation names most resources by the stack, the logical id and a suffix, and keeps the first 24 characters
 * of the stack's name where all of it would be too long. `landfall-` and the hyphen after the environment's name
 * leave this many.
 */
const longestName = 24 - 'landfall-'.length - 1;

export const deploymentRules: readonly Rule[] = [
  {
    rule: 'policies and providers are of the account that is deployed to',
    reads: [...reads, 'environment.account'],
    check: ({ environment }) =>
      arns(environment)
        .filter(({ parts }) => environment.account !== undefined && parts[4] !== environment.account)
        .map(({ path, arn }) => ({
          path,
          found: show(arn),
          expected: `an ARN of account ${environment.account}: IAM takes neither boundaries nor providers of another one`,
          fix: `Make it in account ${environment.account}, or correct environment.account.`,
        })),
  },
  {
    rule: 'policies and providers are of the partition of the region',
    reads: [...reads, 'environment.region'],
    check: ({ environment }) => {
      const partition = partitionOf(environment.region);
      return arns(environment)
        .filter(({ parts }) => parts[1] !== partition)
        .map(({ path, arn, parts }) => ({
          path,
          found: show(arn),
          expected: `an ARN that begins with arn:${partition}:, the partition of ${environment.region}`,
          fix: `Write ${arn.replace(`arn:${parts[1]}:`, `arn:${partition}:`)}, if that is where it exists.`,
        }));
    },
  },
  {
    rule: 'policies know an environment by a name that CloudFormation does not cut',
    reads: ['environment.name', 'environment.github'],
    check: ({ environment: { name, github } }) => {
      if (!github || name.length <= longestName) return [];
      return [
        {
          path: 'environment.name',
          found: `${show(name)}, ${name.length} characters, with environment.github`,
          expected: `at most ${longestName} characters: what may be deployed is told by the beginning of names, of which CloudFormation keeps 24 characters`,
          fix: 'Choose a shorter name, or remove environment.github.',
        },
      ];
    },
  },
];
