import { GenerateMacCommand, KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import { withinTrigger } from './client-timeouts';
import type { CheckMac, Sign } from './magic-link';

export function connectKey(
  keyId: string,
  client = new KMSClient(withinTrigger),
): { readonly sign: Sign; readonly check: CheckMac } {
  const message = (text: string) => ({
    KeyId: keyId,
    MacAlgorithm: 'HMAC_SHA_256' as const,
    Message: Buffer.from(text, 'ascii'),
  });
  return {
    async sign(text) {
      const { Mac } = await client.send(new GenerateMacCommand(message(text)));
      if (!Mac) throw new Error('KMS answered no MAC');
      return Mac;
    },

    async check(text, mac) {
      try {
        const { MacValid } = await client.send(new VerifyMacCommand({ ...message(text), Mac: mac }));
        return MacValid === true;
      } catch (error) {
        if (error instanceof KMSInvalidMacException) return false;
        throw error;
      }
    },
  };
}
