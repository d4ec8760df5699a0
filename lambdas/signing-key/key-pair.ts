import { createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';

/** Where the private key of one pair is kept. */
export interface KeyStore {
  /** What the secret holds; undefined when it was never written. */
  read(): Promise<string | undefined>;
  /** Writes the first value there ever is. False when somebody else was faster. */
  writeOnce(value: string): Promise<boolean>;
}

const stored = z.object({ privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----') });
/** CloudFront takes RSA keys of this size and no other. */
const modulusLength = 2048;

/**
 * The public key of the pair in the store, which is made when there is none yet. CloudFormation may ask for one pair
 * several times, at once even, and CloudFront must get the key that the secret ends up with: so only the first write
 * counts, and whoever comes second answers what was written.
 *
 * @returns PEM
 * @throws Error that never contains what the secret holds
 */
export async function ensureKeyPair(store: KeyStore): Promise<string> {
  const known = await store.read();
  if (known !== undefined) return publicKeyOf(known);
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  if (await store.writeOnce(JSON.stringify({ privateKey }))) return publicKey;
  const first = await store.read();
  if (first === undefined)
    throw new Error('expected the value that another run has just written to the secret, found none');
  return publicKeyOf(first);
}

function publicKeyOf(value: string): string {
  try {
    const { privateKey } = stored.parse(JSON.parse(value));
    return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    // The cause would quote what the secret holds.
    throw new Error(
      'expected the secret to be {"privateKey": "<PKCS #8 PEM>"} as this function writes it, found something else; ' +
        'add another name to storage.signingKeys and remove this one',
    );
  }
}
