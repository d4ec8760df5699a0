import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { logger } from '../shared/logger';
import { answer } from './answer';
import type { Response } from './respond';
import { secretKeyStore } from './secret-key-store';

const client = new SecretsManagerClient({ maxAttempts: 3 });

/** Runs when a deployment adds a name to `storage.signingKeys`. */
export async function handler(event: unknown): Promise<Response> {
  return answer(event, {
    storeOf: (secretId) => secretKeyStore(client, secretId),
    log: (message, details) => logger.info(message, details),
  });
}
