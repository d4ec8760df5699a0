import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import {
  environmentWith,
  freshStacks,
  type Properties,
  type StatefulStacks,
  templateOf,
} from '../../support/stateful-stacks';

/** What a stack that uses the value finds in its template. */
function referenceTo(pick: (stacks: StatefulStacks) => string | undefined): string {
  const stacks = freshStacks(environmentWith('prod'));
  const consumer = new Stack(stacks.app, 'consumer', { env: { region: 'us-east-1' } });
  new CfnOutput(consumer, 'Value', { value: pick(stacks) ?? '' });
  const template: Template = templateOf(consumer);
  const [output] = Object.values(template.toJSON().Outputs as Record<string, Properties>);
  return JSON.stringify(output?.Value);
}

test.each<[string, (stacks: StatefulStacks) => string | undefined]>([
  ['VPC', ({ network }) => network.vpc.vpcId],
  ['private subnet', ({ network }) => network.vpc.selectSubnets(network.privateSubnets).subnetIds[0]],
  ['database', ({ database }) => database.instance?.instanceIdentifier],
  ['documents bucket', ({ storage }) => storage.documents.bucketName],
  ['ARN of the documents bucket', ({ storage }) => storage.documents.bucketArn],
  ['public bucket', ({ storage }) => storage.public.bucketName],
  ['key', ({ encryption }) => encryption?.encryption.data.keyArn],
])('%s: CloudFormation refuses to remove it while another stack uses it', (_, pick) => {
  expect(referenceTo(pick)).toContain('Fn::ImportValue');
});

test.each<[string, (stacks: StatefulStacks) => string | undefined]>([
  ['proxy address', ({ database }) => database.database.environment.DATABASE_HOST],
  ['cache address', ({ cache }) => cache.cache.environment.CACHE_HOST],
  ['distribution', ({ storage }) => storage.distribution.distributionId],
  ['client group', ({ database }) => database.database.clientSecurityGroups[0]?.securityGroupId],
])('%s: another stack never blocks a change of it', (_, pick) => {
  expect(referenceTo(pick)).toContain('Fn::GetStackOutput');
});
