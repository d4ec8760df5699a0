import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import * as z from 'zod';
import { type Clock, systemClock } from './clock';
import { readEnv } from './env';
import { secrets } from './secrets';

/** The longest that an address works. */
const lifetimeSeconds = 3600;
/**
 * Addresses expire at whole multiples of this, up to so much earlier. Within it the same file has the same address,
 * which a browser finds in its cache.
 */
const stepSeconds = 300;
/** CloudFront takes SHA-1 unless an address says otherwise. */
const algorithm = 'SHA256';

/** Names of the cookies that CloudFront reads, with their values. */
export type SignedCookies = Readonly<Record<`CloudFront-${string}`, string>>;

export interface SignedFolder {
  readonly expires: Date;
  /** Address of a file in the folder. @param name relative to it */
  url(name: string): string;
  /** The same permission as cookies of the distribution's domain. */
  readonly cookies: SignedCookies;
}

export interface SignedUrl {
  readonly url: string;
  readonly expires: Date;
}

export interface PhotoSigner {
  /** Address of one file. @param key of the object */
  sign(key: string): Promise<SignedUrl>;
  /**
   * One signature, which costs about a millisecond, for all files in a folder, such as the sizes of one photo. Whoever
   * has one address of it has them all.
   * @param folder first part of the keys, with a slash at its end
   */
  signFolder(folder: string): Promise<SignedFolder>;
}

export const keySecret = z
  .object({ privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----') })
  .describe('{"privateKey": "<PKCS #8 PEM>"}, which the deployment writes (storage.signingKeys)');

export interface PhotoSignerOptions {
  /** Address of the distribution, without a slash at its end. */
  readonly cdnUrl: string;
  readonly keyPairId: string;
  /** What the secret of the key holds. */
  readonly readKey: () => Promise<z.infer<typeof keySecret>>;
  readonly now: Clock;
}

export function photoSigner({ cdnUrl, keyPairId, readKey, now }: PhotoSignerOptions): PhotoSigner {
  const signing = async () => {
    const { privateKey } = await readKey();
    const seconds = now().getTime() / 1000 + lifetimeSeconds;
    const expires = new Date(Math.floor(seconds / stepSeconds) * stepSeconds * 1000);
    return { keyPairId, privateKey, algorithm, expires } as const;
  };

  return {
    sign: async (key) => {
      const { expires, ...signer } = await signing();
      const url = getSignedUrl({
        ...signer,
        url: `${cdnUrl}/${encodeKey(key)}`,
        dateLessThan: expires.toISOString(),
      });
      return { url, expires };
    },
    signFolder: async (folder) => {
      if (!folder.endsWith('/') || folder.includes('*') || folder.includes('?'))
        throw new Error(
          `expected a folder with a slash at its end and without wildcards, found ${JSON.stringify(folder)}`,
        );
      const { expires, ...signer } = await signing();
      const base = `${cdnUrl}/${encodeKey(folder)}`;
      const policy = JSON.stringify({
        Statement: [
          {
            Resource: `${base}*`,
            Condition: { DateLessThan: { 'AWS:EpochTime': expires.getTime() / 1000 } },
          },
        ],
      });
      const cookies = getSignedCookies({ ...signer, policy }) as unknown as SignedCookies;
      const query = Object.entries(cookies).map(
        ([name, value]) => `${name.replace('CloudFront-', '')}=${value}`,
      );
      return { expires, cookies, url: (name) => `${base}${encodeKey(name)}?${query.join('&')}` };
    },
  };
}

const encodeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

const envSchema = z.object({
  CDN_URL: z.url(),
  PHOTO_KEY_PAIR_ID: z.string().min(1),
  PHOTO_KEY_SECRET_ARN: z.string().min(1),
});

/** The signer of a function's environment. */
export function openPhotoSigner(variables: NodeJS.ProcessEnv = process.env): PhotoSigner {
  const env = readEnv(envSchema, variables);
  return photoSigner({
    cdnUrl: env.CDN_URL,
    keyPairId: env.PHOTO_KEY_PAIR_ID,
    readKey: () => secrets.json(env.PHOTO_KEY_SECRET_ARN, keySecret),
    now: systemClock,
  });
}
