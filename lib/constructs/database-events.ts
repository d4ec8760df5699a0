import { CfnEventSubscription, type IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface DatabaseEventsProps {
  readonly instance: IDatabaseInstance;
  readonly topic: ITopic;
}

/** Tells people what RDS does to the instance. Lives beside the topic, so that the database depends on no alarm. */
export class DatabaseEvents extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseEventsProps) {
    super(scope, id);
    const subscription = new CfnEventSubscription(this, 'Subscription', {
      snsTopicArn: props.topic.topicArn,
      sourceType: 'db-instance',
      sourceIds: [props.instance.instanceIdentifier],
      eventCategories: [
        'availability',
        'deletion',
        'failover',
        'failure',
        'low storage',
        'maintenance',
        'recovery',
      ],
      enabled: true,
    });
    // And its policy, which lets RDS publish.
    subscription.node.addDependency(props.topic);
  }
}
