import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { DatabaseEvents } from '../../../lib/constructs/database-events';
import { environmentWith, freshStacks, templateOf } from '../../support/stateful-stacks';

test('people hear of failovers, failures and low storage of this instance and no other', () => {
  const { app, database } = freshStacks(environmentWith('dev'));
  const { instance } = database;
  if (!instance) throw new Error('dev has a database');
  const stack = new Stack(app, 'monitoring', { env: { region: 'us-east-1' } });
  new DatabaseEvents(stack, 'Events', { instance, topic: new Topic(stack, 'Topic') });
  templateOf(stack).hasResourceProperties('AWS::RDS::EventSubscription', {
    SourceType: 'db-instance',
    SourceIds: [Match.objectLike({ 'Fn::ImportValue': Match.anyValue() })],
    EventCategories: Match.arrayWith(['failover', 'failure', 'low storage']),
    SnsTopicArn: { Ref: Match.stringLikeRegexp('^Topic') },
  });
});
