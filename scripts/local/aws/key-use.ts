/**
 * What KMS is asked when a service uses a key of our own for its caller: whether the caller may, through this service
 * and for this resource. Keys that AWS manages for a service ask nobody.
 */
import type { Grant } from './json-service';

export interface KeyUse {
  /** Undefined: a key that AWS manages. */
  readonly keyArn: string | undefined;
  readonly actions: readonly ('kms:Decrypt' | 'kms:GenerateDataKey')[];
  /** What the ciphertext is bound to, as each service documents it. */
  readonly context: Readonly<Record<string, string>>;
}

/** @param service as in `kms:ViaService`, for example `s3` */
export function keyUse(service: string, { keyArn, actions, context }: KeyUse): Grant[] {
  if (keyArn === undefined) return [];
  const [, , , region, accountId = ''] = keyArn.split(':');
  const encryptionContext = Object.entries(context).map(([key, value]) => [
    `kms:EncryptionContext:${key}`,
    value,
  ]);
  return actions.map((action) => ({
    action,
    resource: keyArn,
    conditions: {
      'aws:ViaAWSService': 'true',
      'kms:CallerAccount': accountId,
      'kms:EncryptionContextKeys': Object.keys(context),
      'kms:ViaService': `${service}.${region}.amazonaws.com`,
      ...Object.fromEntries(encryptionContext),
    },
  }));
}
