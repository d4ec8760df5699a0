import type { IKey } from 'aws-cdk-lib/aws-kms';

/**
 * Keys of our own, when the environment asks for `encryption: customer-managed`. An absent key means the key
 * that AWS manages for the service; nothing is ever stored unencrypted.
 */
export interface Encryption {
  /** Database, its owner secret, cache and documents. */
  readonly data?: IKey;
  /** CloudWatch log groups. */
  readonly logs?: IKey;
  /** Queues and topics; CloudWatch, EventBridge, Scheduler and Budgets may publish through it. */
  readonly messages?: IKey;
}
