/** Keys of KMS. Those that encrypt encrypt nothing here, but whoever may not use them is refused as on AWS. */
import { hmacSpecs } from '../aws/kms';
import { localAccountId } from '../intrinsics';
import { type Handlers, policyOf, properties, tagsReason, textOf } from './handler';

/** What a key has without a policy of its own: identity policies count. */
const accountDecides = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${localAccountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
};

export const kmsHandlers: Handlers = {
  'AWS::KMS::Key': {
    properties: properties(['Description', 'Enabled', 'KeyPolicy', 'KeySpec', 'KeyUsage'], {
      BypassPolicyLockoutSafetyCheck: 'Checked by CloudFormation before a deployment.',
      EnableKeyRotation: 'Replaces the material of encryption keys once a year.',
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
      const { KeyPolicy, KeySpec, KeyUsage, Description = '', Enabled = true } = resource.properties;
      const declared = {
        key: resource.generatedName,
        description: String(Description),
        enabled: String(Enabled) === 'true',
      };
      const { kms } = system.aws;
      const { id, arn } =
        KeyUsage === 'GENERATE_VERIFY_MAC'
          ? await kms.createKey({
              ...declared,
              spec: hmacSpecs.find((spec) => spec === KeySpec) ?? 'HMAC_256',
            })
          : kms.createEncryptionKey(declared);
      system.resourcePolicies.add(arn, policyOf(resource, KeyPolicy ?? accountDecides));
      return { ref: id, attributes: { Arn: arn, KeyId: id } };
    },
  },
  'AWS::KMS::Alias': {
    properties: properties(['AliasName', 'TargetKeyId']),
    create: (resource, system) => {
      const name = textOf(resource, 'AliasName');
      system.aws.kms.createAlias(name, textOf(resource, 'TargetKeyId'));
      return { ref: name };
    },
  },
};
