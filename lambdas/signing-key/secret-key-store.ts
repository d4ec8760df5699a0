import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { KeyStore } from './key-pair';

/**
 * One value for the life of the secret: Secrets Manager refuses a second one under the same token. Anything else
 * would let two runs at once write one after the other, and CloudFront trust the key that was overwritten.
 */
const onlyVersion = (secretId: string): string => createHash('sha256').update(secretId).digest('hex');

export function secretKeyStore(client: SecretsManagerClient, secretId: string): KeyStore {
  return {
    read: async () => {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
        return SecretString ?? '';
      } catch (error) {
        // A secret without a value; one that does not exist fails at the write.
        if (isNamed(error, 'ResourceNotFoundException')) return undefined;
        throw error;
      }
    },
    writeOnce: async (value) => {
      try {
        await client.send(
          new PutSecretValueCommand({
            SecretId: secretId,
            SecretString: value,
            ClientRequestToken: onlyVersion(secretId),
          }),
        );
        return true;
      } catch (error) {
        if (isNamed(error, 'ResourceExistsException')) return false;
        throw error;
      }
    },
  };
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** How long a permission that was just granted may take until it holds everywhere. */
const propagation = { attempts: 6, pauseMs: 5_000 };

/** Repeats what IAM denied: CloudFormation asks for a key in the second in which it has granted access to its secret. */
export async function oncePermitted<T>(
  work: () => Promise<T>,
  { attempts, pauseMs } = propagation,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isNamed(error, 'AccessDeniedException') || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
