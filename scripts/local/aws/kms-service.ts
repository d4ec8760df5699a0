/** The KMS API for MACs. Keys are made by templates only, and those that encrypt are used by other services only. */
import * as z from 'zod';
import type { Principals } from './authentication';
import { AwsError } from './errors';
import { type Grant, JsonService, operation } from './json-service';
import type { HmacKey, Key, KmsEngine } from './kms';

const KeyId = z.string().min(1).max(2048);
const MacAlgorithm = z.enum(['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512']);
/** At most 4096 bytes, as on AWS: longer messages are hashed by the caller. */
const bytes = (most: number) =>
  z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine(({ length }) => length >= 1 && length <= most, `must have 1 to ${most} bytes`);
const Message = bytes(4096);

export function kmsService(engine: KmsEngine, principals: Principals): JsonService {
  const on =
    (action: string) =>
    (input: { KeyId: string; MacAlgorithm?: string }): Grant => {
      const key = engine.require(input.KeyId);
      const alias = /(?:^|:)(alias\/.+)$/.exec(input.KeyId)?.[1];
      return {
        action: `kms:${action}`,
        resource: key.arn,
        conditions: {
          'kms:CallerAccount': engine.place.accountId,
          ...(alias !== undefined && { 'kms:RequestAlias': alias }),
          ...(input.MacAlgorithm !== undefined && { 'kms:MacAlgorithm': input.MacAlgorithm }),
        },
      };
    };

  function usable(input: { KeyId: string; MacAlgorithm: string }): HmacKey {
    const key = engine.require(input.KeyId);
    if (!key.enabled) throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    if (key.usage !== 'GENERATE_VERIFY_MAC')
      throw new AwsError(
        'InvalidKeyUsageException',
        `${key.arn} key usage is ${key.usage} which is not valid for GenerateMac and VerifyMac.`,
      );
    if (key.algorithm !== input.MacAlgorithm)
      throw new AwsError(
        'InvalidKeyUsageException',
        `${key.arn} key spec is ${key.spec} which is not valid for algorithm ${input.MacAlgorithm}.`,
      );
    return key;
  }

  return new JsonService({
    name: 'kms',
    target: 'TrentService.',
    invalidCode: 'ValidationException',
    principals,
    region: engine.place.region,
    operations: {
      GenerateMac: operation({
        input: z.object({ KeyId, MacAlgorithm, Message }),
        authorize: on('GenerateMac'),
        run: (input) => {
          const key = usable(input);
          return {
            KeyId: key.arn,
            MacAlgorithm: key.algorithm,
            Mac: engine.mac(key, input.Message).toString('base64'),
          };
        },
      }),
      VerifyMac: operation({
        input: z.object({ KeyId, MacAlgorithm, Message, Mac: bytes(6144) }),
        authorize: on('VerifyMac'),
        run: (input) => {
          const key = usable(input);
          if (!engine.verifies(key, input.Message, input.Mac))
            throw new AwsError(
              'KMSInvalidMacException',
              'The HMAC is not that of this message under this key and algorithm.',
            );
          return { KeyId: key.arn, MacAlgorithm: key.algorithm, MacValid: true };
        },
      }),
      DescribeKey: operation({
        input: z.object({ KeyId }),
        authorize: on('DescribeKey'),
        run: (input) => ({ KeyMetadata: described(engine.require(input.KeyId), engine.place.accountId) }),
      }),
    },
  });
}

const described = (key: Key, accountId: string) => ({
  AWSAccountId: accountId,
  KeyId: key.id,
  Arn: key.arn,
  CreationDate: key.created / 1000,
  Enabled: key.enabled,
  Description: key.description,
  KeyUsage: key.usage,
  KeyState: key.enabled ? 'Enabled' : 'Disabled',
  Origin: 'AWS_KMS',
  KeyManager: 'CUSTOMER',
  CustomerMasterKeySpec: key.spec,
  KeySpec: key.spec,
  ...(key.usage === 'GENERATE_VERIFY_MAC'
    ? { MacAlgorithms: [key.algorithm] }
    : { EncryptionAlgorithms: [key.spec] }),
  MultiRegion: false,
});
