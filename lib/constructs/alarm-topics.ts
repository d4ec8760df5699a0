import { Stack } from 'aws-cdk-lib';
import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { MonitoringConfig } from '../config/schema';
import { acknowledge } from './acknowledge';
import type { Encryption } from './encryption';
import type { Monitored } from './monitored';
import { applyRemoval, type Removal, removalPolicy } from './removal';

export interface AlarmTopicsProps {
  readonly monitoring: MonitoringConfig;
  readonly encryption: Encryption;
  readonly removal: Removal;
}

/** Services that tell people something through the topics. */
const publishers = ['cloudwatch', 'budgets', 'events.rds'].map((service) => `${service}.amazonaws.com`);

/** The two ways to people, critical and warning, by e-mail and Slack. */
export class AlarmTopics extends Construct {
  readonly bySeverity: Readonly<Record<Monitored['severity'], ITopic>>;

  constructor(scope: Construct, id: string, props: AlarmTopicsProps) {
    super(scope, id);
    const { slack, emails } = props.monitoring;
    const key = props.encryption.messages ?? this.#createKey(props.removal);
    const create = (
      severity: Monitored['severity'],
      topicId: string,
      channelId: string | undefined,
    ): ITopic => {
      const topic = new Topic(this, topicId, { masterKey: key, enforceSSL: true });
      topic.addToResourcePolicy(
        new PolicyStatement({
          sid: 'PublishFromThisAccount',
          principals: publishers.map((service) => new ServicePrincipal(service)),
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      );
      for (const email of emails) {
        acknowledge(
          topic.addSubscription(new EmailSubscription(email)),
          {
            reason:
              'SNS retries e-mail by itself, and the alarm stays visible in CloudWatch and on the dashboard.',
            date: '2026-11-20',
          },
          'Serverless-SNSRedrivePolicy',
        );
      }
      if (slack && channelId) this.#connectSlack(severity, topic, slack.workspaceId, channelId);
      return topic;
    };
    this.bySeverity = {
      critical: create('critical', 'Critical', slack?.criticalChannelId),
      warning: create('warning', 'Warning', slack?.warningChannelId),
    };
  }

  /** Alarms cannot publish through the key that AWS manages for SNS, so there is one of our own in any case. */
  #createKey(removal: Removal): IKey {
    const key = new Key(this, 'Key', { description: 'Alarm topics', enableKeyRotation: true });
    applyRemoval(key, removalPolicy(removal));
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: publishers.map((service) => new ServicePrincipal(service)),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return key;
  }

  #connectSlack(severity: string, topic: ITopic, workspaceId: string, channelId: string): void {
    const stack = Stack.of(this);
    const name = `${stack.stackName}-${severity}`;
    const role = new Role(this, `Slack-${severity}`, {
      description:
        'What people in the Slack channel may do through the chat application: nothing but read alarms',
      assumedBy: new ServicePrincipal('chatbot.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': `arn:${stack.partition}:chatbot::${stack.account}:chat-configuration/slack-channel/${name}`,
          },
        },
      }),
    });
    new SlackChannelConfiguration(this, `Channel-${severity}`, {
      slackChannelConfigurationName: name,
      slackWorkspaceId: workspaceId,
      slackChannelId: channelId,
      notificationTopics: [topic],
      role,
    });
  }
}
