import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

export type KeyAction = 'kms:Decrypt' | 'kms:GenerateDataKey';

/**
 * Lets somebody use a key through one service and in no other way: whoever may read an object may have S3 decrypt it,
 * and may not hand ciphertext to KMS.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service (2026-11-26)
 * @param key absent where AWS manages the key, which whoever may use the data may use
 */
export function grantKeyThrough(
  service: 'dynamodb' | 's3' | 'secretsmanager' | 'sqs',
  key: IKey | undefined,
  grantee: IGrantable & IConstruct,
  ...actions: readonly KeyAction[]
): void {
  if (!key || actions.length === 0) return;
  const { region } = Stack.of(grantee);
  Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
  });
}
