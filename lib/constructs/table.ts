import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type Acceptance, acknowledge, regulated } from './acknowledge';
import type { Encryption } from './encryption';
import type { NodeFunction } from './function';
import { grantKeyThrough } from './key-use';
import { applyRemoval, type Removal, removalPolicy } from './removal';

export interface TableProps {
  /** Name of the partition key, a text. */
  readonly partitionKey: string;
  /** Attribute with the second, since 1970, from which on DynamoDB may remove an item. */
  readonly timeToLive: string;
  readonly removal: Removal;
  readonly encryption: Encryption;
  /** Why a second plan that backs the table up would be of no use. */
  readonly noBackupPlan: Acceptance;
}

/** The only DynamoDB table in the repository: billed by request, encrypted, protected unless it may be destroyed. */
export class Table extends dynamodb.Table {
  constructor(scope: Construct, id: string, props: TableProps) {
    const { partitionKey, timeToLive, removal, encryption, noBackupPlan } = props;
    const kept = removal !== 'destroy';
    super(scope, id, {
      partitionKey: { name: partitionKey, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: timeToLive,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      ...(encryption.data
        ? { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey: encryption.data }
        : { encryption: dynamodb.TableEncryption.DEFAULT }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: kept },
      deletionProtection: kept,
      removalPolicy: removalPolicy(removal),
    });
    applyRemoval(this, removalPolicy(removal));
    acknowledge(this, noBackupPlan, ...regulated('DynamoDBInBackupPlan', ['nist', 'hipaa']));
    if (!kept) {
      acknowledge(
        this,
        {
          reason: 'The environment is configured to be deleted without ceremony (removal).',
          date: '2026-11-26',
        },
        'AwsSolutions-DDB3',
      );
    }
  }

  /** Lets a function do exactly these things with items of the table. */
  allow(grantee: NodeFunction, ...actions: `dynamodb:${string}`[]): void {
    grantee.addToRolePolicy(new PolicyStatement({ actions, resources: [this.tableArn] }));
    // In the name of who reads or writes an item DynamoDB only decrypts the key of the table. The other actions that a
    // key policy must allow at the least are for who creates the table or changes its key, which a deployment does.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html (2026-11-26)
    grantKeyThrough('dynamodb', this.encryptionKey, grantee, 'kms:Decrypt');
  }
}
