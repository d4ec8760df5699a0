import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import type { Encryption } from './encryption';
import { applyRemoval, type Removal, removalPolicy } from './removal';

export interface DeadLetterQueueProps {
  readonly removal: Removal;
  readonly encryption: Encryption;
}

/** Keeps what nobody could process until a person has looked at it: 14 days, the longest SQS offers. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    const key = props.encryption.messages;
    super(scope, id, {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      ...(key
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
        : { encryption: QueueEncryption.SQS_MANAGED }),
    });
    acknowledge(
      this,
      {
        reason: 'This is a dead-letter queue: nothing consumes it, so nothing can fail.',
        date: '2026-11-20',
      },
      'Serverless-SQSRedrivePolicy',
    );
    applyRemoval(this, removalPolicy(props.removal));
  }
}
