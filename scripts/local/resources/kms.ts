/** Keys of KMS: those that make MACs run; encryption keys have nothing to encrypt here. */

import { hmacSpecs } from '../aws/kms';
import { notRunPrefix } from '../deployment';
import { type Handlers, properties, tagsReason, textOf } from './handler';

const keysReason = 'Encryption at rest is the file system’s matter on a laptop.';

export const kmsHandlers: Handlers = {
  'AWS::KMS::Key': {
    properties: properties(['Description', 'Enabled', 'KeySpec', 'KeyUsage'], {
      BypassPolicyLockoutSafetyCheck: 'Checked by CloudFormation before a deployment.',
      EnableKeyRotation: 'Replaces the material of encryption keys once a year.',
      KeyPolicy: 'Policies are not evaluated: whoever has valid credentials may call.',
      PendingWindowInDays: 'Only --fresh removes keys, and it says so.',
      RotationPeriodInDays: 'Replaces the material of encryption keys once a year.',
      Tags: tagsReason,
    }),
    unsupported: ({ KeyUsage, KeySpec }) => [
      ...(KeyUsage === undefined || KeyUsage === 'ENCRYPT_DECRYPT' || KeyUsage === 'GENERATE_VERIFY_MAC'
        ? []
        : [
            `KeyUsage ${JSON.stringify(KeyUsage)} is not supported, only GENERATE_VERIFY_MAC and encryption keys.`,
          ]),
      ...(KeyUsage === 'GENERATE_VERIFY_MAC' && !hmacSpecs.some((spec) => spec === KeySpec)
        ? [`KeySpec ${JSON.stringify(KeySpec)} is not supported, only ${hmacSpecs.join(', ')}.`]
        : []),
    ],
    create: async (resource, system) => {
      if (resource.properties.KeyUsage !== 'GENERATE_VERIFY_MAC') return { notRunBecause: keysReason };
      const { id, arn } = await system.aws.kms.createKey({
        key: resource.generatedName,
        spec: hmacSpecs.find((spec) => spec === resource.properties.KeySpec) ?? 'HMAC_256',
        description: String(resource.properties.Description ?? ''),
        enabled: String(resource.properties.Enabled ?? true) === 'true',
      });
      return { ref: id, attributes: { Arn: arn, KeyId: id } };
    },
  },
  'AWS::KMS::Alias': {
    properties: properties(['AliasName', 'TargetKeyId']),
    create: (resource, system) => {
      const target = textOf(resource, 'TargetKeyId');
      if (target.startsWith(notRunPrefix)) return { notRunBecause: keysReason };
      const name = textOf(resource, 'AliasName');
      system.aws.kms.createAlias(name, target);
      return { ref: name };
    },
  },
};
