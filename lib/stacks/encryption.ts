import { Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Encryption } from '../constructs/encryption';
import type { Monitored } from '../constructs/monitored';
import { referToStrongly } from '../constructs/references';
import { type Removal, removalPolicy } from '../constructs/removal';

export interface EncryptionStackProps extends StackProps {
  readonly removal: Removal;
}

/** Keys of our own; built only for `encryption: customer-managed`. */
export class EncryptionStack extends Stack {
  readonly encryption: Required<Encryption>;
  readonly monitored: Monitored[] = [];

  constructor(scope: Construct, id: string, props: EncryptionStackProps) {
    super(scope, id, props);
    const key = (keyId: string, description: string) =>
      new kms.Key(this, keyId, {
        description,
        enableKeyRotation: true,
        removalPolicy: removalPolicy(props.removal),
      });

    const data = key('Data', 'Database, cache and documents');
    const logs = key('Logs', 'CloudWatch log groups');
    const messages = key('Messages', 'Queues and topics');
    referToStrongly(data, logs, messages);

    // CloudWatch Logs uses the key by itself, on behalf of log groups of this account and region only.
    logs.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        // AWS's example has kms:Describe* as well, which by this condition it can never be: keys have no context.
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:*`,
          },
        },
      }),
    );
    messages.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: ['cloudwatch', 'events', 'scheduler', 'budgets', 'events.rds'].map(
          (service) => new iam.ServicePrincipal(`${service}.amazonaws.com`),
        ),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.encryption = { data, logs, messages };
  }
}
