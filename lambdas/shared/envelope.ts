/**
 * Seals values with AES-256-GCM under a key of a JSON secret, so that a row, a backup or a log that leaks shows nothing.
 *
 * A sealed value, byte by byte; as text it is the base64url of the same bytes, without padding:
 *
 *   0        1 byte    format, always 1
 *   1..2     2 bytes   version of the key, big endian: 2 for "v2"
 *   3..14    12 bytes  nonce, random
 *   15..n-17           ciphertext, as long as the plaintext
 *   n-16..n-1 16 bytes tag
 *
 * The tag also covers bytes 0..2 and the context: whatever of these changes, opening fails.
 *
 * With random nonces of 96 bits one key may seal at most 2^32 values (NIST SP 800-38D, section 8.3): add a version to
 * the secret before that. The secret is
 *
 *   {"current": "v2", "keys": {"v1": "<32 bytes in base64>", "v2": "<32 bytes in base64>"}}
 *
 * A new version is safe to make current at once: who meets it in a value and does not know it yet reads the secret
 * anew. A version may be removed once everything is resealed and another five minutes have passed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { secrets as ownSecrets, type Secrets } from './secrets';

const format = 1;
const headerBytes = 3;
const nonceBytes = 12;
const tagBytes = 16;
const overheadBytes = headerBytes + nonceBytes + tagBytes;

/** What a value belongs to, for example `{ table: 'users', column: 'token', id }`: it opens nowhere else. */
export type SealContext = Readonly<Record<string, string>>;

export interface Envelope {
  /** With the current key. */
  seal(plaintext: Uint8Array, context: SealContext): Promise<Buffer>;
  /** As text, for a text. */
  sealText(plaintext: string, context: SealContext): Promise<string>;
  /** @throws SealError when it was changed, belongs to another context, or its key is not known */
  open(sealed: Uint8Array, context: SealContext): Promise<Buffer>;
  /** @throws SealError as `open` */
  openText(sealed: string, context: SealContext): Promise<string>;
  /** The same value under the current key; undefined when it is under it already. */
  reseal(sealed: Uint8Array, context: SealContext): Promise<Buffer | undefined>;
}

export class SealError extends Error {
  override readonly name = 'SealError';

  constructor(
    /** `changed`: or of another context, which looks the same. */
    readonly fault: 'no sealed value' | 'changed' | 'unknown key',
    message: string,
  ) {
    super(message);
  }
}

const versionName = z.string().regex(/^v[1-9]\d{0,4}$/);
const keyBytes = 32;
const key = z
  .base64()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length === keyBytes);

const keyringSchema = z
  .object({ current: versionName, keys: z.record(versionName, key) })
  .refine(({ current, keys }) => Object.hasOwn(keys, current))
  .refine(({ keys }) => Object.keys(keys).every((name) => numberOf(name) <= 0xffff))
  // The limit of a key counts what all its names seal.
  .refine(({ keys }) => {
    const values = Object.values(keys).map((bytes) => bytes.toString('hex'));
    return new Set(values).size === values.length;
  })
  .describe(
    '{"current": "v2", "keys": {"v1": "<base64 of 32 bytes>", "v2": "<base64 of 32 other bytes>"}}, versions v1 to v65535',
  );

type Keyring = z.output<typeof keyringSchema>;

/** @param secretId ARN or name of the secret with the keys */
export function openEnvelope(secretId: string, secrets: Secrets = ownSecrets): Envelope {
  const keyring = () => secrets.json(secretId, keyringSchema);

  async function seal(plaintext: Uint8Array, context: SealContext): Promise<Buffer> {
    const { current, keys } = await keyring();
    return sealWith(
      { version: numberOf(current), key: keys[current] as Buffer, nonce: randomBytes(nonceBytes) },
      plaintext,
      context,
    );
  }

  async function open(sealed: Uint8Array, context: SealContext): Promise<Buffer> {
    const version = versionOf(sealed);
    return secrets.withSecret(
      secretId,
      keyringSchema,
      async ({ keys }: Keyring) => {
        const name = `v${version}`;
        const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
        if (!known)
          throw new SealError(
            'unknown key',
            `expected the key ${name} in the secret ${secretId}, found ${Object.keys(keys).join(', ')}: put ${name} back (aws secretsmanager get-secret-value --version-stage AWSPREVIOUS may still have it), or the value was not sealed here`,
          );
        return openWith(known, sealed, context);
      },
      (error) => error instanceof SealError && error.fault === 'unknown key',
    );
  }

  return {
    seal,
    sealText: async (plaintext, context) =>
      (await seal(Buffer.from(plaintext), context)).toString('base64url'),
    open,
    openText: async (sealed, context) => (await open(bytesOf(sealed), context)).toString(),
    reseal: async (sealed, context) => {
      const plaintext = await open(sealed, context);
      // After the opening, which may have read newer keys.
      const { current } = await keyring();
      return versionOf(sealed) === numberOf(current) ? undefined : seal(plaintext, context);
    },
  };
}

const numberOf = (name: string): number => Number(name.slice(1));

const noSealedValue = (found: string) =>
  new SealError(
    'no sealed value',
    `expected a value sealed in format ${format}, found ${found}: was it sealed at all?`,
  );

function versionOf(sealed: Uint8Array): number {
  if (sealed.length < overheadBytes) throw noSealedValue(`${sealed.length} bytes`);
  if (sealed[0] !== format) throw noSealedValue(`format ${sealed[0]}`);
  return ((sealed[1] as number) << 8) | (sealed[2] as number);
}

/** Node ignores what is no base64url; a sealed text with anything else in it was changed. */
function bytesOf(sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.toString('base64url') !== sealed) throw noSealedValue('a text that is no base64url');
  return bytes;
}

/** Seam for known vectors: everything that is chosen by chance or read from a secret is an argument. */
export function sealWith(
  { version, key, nonce }: { readonly version: number; readonly key: Buffer; readonly nonce: Buffer },
  plaintext: Uint8Array,
  context: SealContext,
): Buffer {
  const header = Buffer.from([format, version >> 8, version & 0xff]);
  return Buffer.concat([header, nonce, gcmSeal(key, nonce, plaintext, boundData(header, context))]);
}

function openWith(key: Buffer, sealed: Uint8Array, context: SealContext): Buffer {
  const header = sealed.subarray(0, headerBytes);
  const nonce = sealed.subarray(headerBytes, headerBytes + nonceBytes);
  const opened = gcmOpen(key, nonce, sealed.subarray(headerBytes + nonceBytes), boundData(header, context));
  if (opened) return opened;
  throw new SealError(
    'changed',
    'expected a value as it was sealed, for the same context, found that it was changed or belongs to another: refuse it',
  );
}

/**
 * Header, number of entries and, in the order of their names' bytes, each name and value behind its length: no two
 * contexts have the same bytes.
 */
function boundData(header: Uint8Array, context: SealContext): Buffer {
  const entries = Object.entries(context)
    .map(([name, value]) => [utf8(name), utf8(value)] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([
    header,
    uint32(entries.length),
    ...entries.flat().flatMap((part) => [uint32(part.length), part]),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Half of a surrogate pair becomes U+FFFD in UTF-8, and two contexts would be one. */
function utf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.toString() !== text)
    throw new TypeError('expected a context of well-formed text, found half a surrogate pair');
  return bytes;
}

/** Ciphertext and tag. */
export function gcmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  bound: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined unless key, nonce, ciphertext, tag and bound data are the ones of the sealing. */
export function gcmOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  bound: Uint8Array,
): Buffer | undefined {
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(bound)
    .setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    // Its message says nothing more; what was deciphered so far must not be used.
    return undefined;
  }
}
