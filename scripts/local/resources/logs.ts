/** Log groups: nothing is kept in them here, but roles and keys are asked as if. */
import { isAllowed } from '../aws/service-calls';
import { notRunPrefix } from '../deployment';
import { localAccountId } from '../intrinsics';
import type { LocalSystem } from '../system';
import { type Handlers, properties, tagsReason } from './handler';

/**
 * What CloudWatch Logs asks of the key of a group when the group is created. AWS's example of a policy has
 * `kms:Describe*` as well, under a condition on the encryption context, which describing a key never has.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
const keyActions = ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey'];

async function checkKey(
  key: string,
  groupArn: string,
  region: string,
  { accessControl: { authorize } }: LocalSystem,
): Promise<void> {
  const principal = `logs.${region}.amazonaws.com`;
  const conditions = {
    'kms:EncryptionContext:aws:logs:arn': groupArn,
    'kms:EncryptionContextKeys': 'aws:logs:arn',
    'aws:SourceArn': groupArn,
    'aws:SourceAccount': localAccountId,
  };
  for (const action of keyActions) {
    if (await isAllowed(authorize, { principal, action, resource: key, conditions })) continue;
    throw new Error(
      `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}': its policy does not allow ${action} to ${principal}.`,
    );
  }
}

export const logsHandlers: Handlers = {
  'AWS::Logs::LogGroup': {
    properties: properties(['KmsKeyId', 'LogGroupName'], {
      DataProtectionPolicy: 'Masks what is kept on AWS; here nothing is.',
      DeletionProtectionEnabled: 'Nothing is kept in it here.',
      FieldIndexPolicies: 'Serves queries on AWS.',
      LogGroupClass: 'The price of the group.',
      RetentionInDays: 'Nothing is kept in it here.',
      Tags: tagsReason,
    }),
    create: async (resource, system) => {
      const { KmsKeyId: key, LogGroupName } = resource.properties;
      const name = String(LogGroupName ?? resource.generatedName);
      const arn = `arn:aws:logs:${resource.region}:${localAccountId}:log-group:${name}`;
      if (typeof key === 'string' && !key.startsWith(notRunPrefix))
        await checkKey(key, arn, resource.region, system);
      return { ref: name, attributes: { Arn: `${arn}:*` } };
    },
  },
};
