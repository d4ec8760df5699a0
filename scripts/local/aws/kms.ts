/**
 * Keys of KMS. Those that make and verify MACs have their material in one file of mode 0600; those that encrypt have
 * none, for nothing is encrypted here: what counts is who may use them.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { StateFile } from './atomic-file';
import { AwsError } from './errors';

/** Key specs with what follows from them: bytes of the key, and the only algorithm it serves. */
const SPECS = {
  HMAC_224: { bytes: 28, algorithm: 'HMAC_SHA_224', hash: 'sha224' },
  HMAC_256: { bytes: 32, algorithm: 'HMAC_SHA_256', hash: 'sha256' },
  HMAC_384: { bytes: 48, algorithm: 'HMAC_SHA_384', hash: 'sha384' },
  HMAC_512: { bytes: 64, algorithm: 'HMAC_SHA_512', hash: 'sha512' },
} as const;

export type HmacSpec = keyof typeof SPECS;

export const hmacSpecs = Object.keys(SPECS) as HmacSpec[];

interface StoredKey {
  readonly id: string;
  readonly spec: HmacSpec;
  /** Base64. */
  readonly material: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

interface Described {
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly enabled: boolean;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export interface HmacKey extends StoredKey, Described {
  readonly usage: 'GENERATE_VERIFY_MAC';
  readonly algorithm: string;
}

export interface EncryptionKey extends Described {
  readonly usage: 'ENCRYPT_DECRYPT';
  readonly spec: 'SYMMETRIC_DEFAULT';
}

export type Key = HmacKey | EncryptionKey;

interface Declaration {
  /** What the key's id follows from, for example `stack/logicalId`. */
  readonly key: string;
  /** @default '' */
  readonly description?: string;
  /** @default true */
  readonly enabled?: boolean;
}

export interface KeyDeclaration extends Declaration {
  readonly spec: HmacSpec;
}

export class KmsEngine {
  private readonly state: StateFile<StoredKey[]>;
  private readonly stored: Map<string, StoredKey>;
  private readonly keys = new Map<string, Key>();
  /** Alias, with its `alias/`, to key id. Declared anew on every start. */
  private readonly aliases = new Map<string, string>();

  private constructor(
    file: string,
    readonly place: { readonly region: string; readonly accountId: string },
    stored: readonly StoredKey[],
  ) {
    this.stored = new Map(stored.map((key) => [key.id, key]));
    this.state = new StateFile(file, () => [...this.stored.values()]);
  }

  static async open(file: string, place: { region: string; accountId: string }): Promise<KmsEngine> {
    return new KmsEngine(file, place, (await StateFile.read<StoredKey[]>(file)) ?? []);
  }

  /**
   * Creates a declared key, or opens it with the material it has.
   * @throws Error when the key exists with another spec: its MACs could no longer be verified
   */
  async createKey({ key, spec, description = '', enabled = true }: KeyDeclaration): Promise<HmacKey> {
    const id = idOf(key);
    const existing = this.stored.get(id);
    if (existing && existing.spec !== spec)
      throw new Error(
        `the key exists with KeySpec ${existing.spec}, the template says ${spec}. Start over with --fresh.`,
      );
    const stored = existing ?? {
      id,
      spec,
      material: randomBytes(SPECS[spec].bytes).toString('base64'),
      created: Date.now(),
    };
    if (!existing) {
      this.stored.set(id, stored);
      await this.state.save();
    }
    const { algorithm } = SPECS[spec];
    const created: HmacKey = {
      ...stored,
      usage: 'GENERATE_VERIFY_MAC',
      arn: this.arnOf(id),
      algorithm,
      description,
      enabled,
    };
    this.keys.set(id, created);
    return created;
  }

  /** Creates a declared key that encrypts. */
  createEncryptionKey({ key, description = '', enabled = true }: Declaration): EncryptionKey {
    const id = idOf(key);
    const created: EncryptionKey = {
      id,
      usage: 'ENCRYPT_DECRYPT',
      spec: 'SYMMETRIC_DEFAULT',
      arn: this.arnOf(id),
      description,
      enabled,
      created: Date.now(),
    };
    this.keys.set(id, created);
    return created;
  }

  private arnOf(id: string): string {
    return `arn:aws:kms:${this.place.region}:${this.place.accountId}:key/${id}`;
  }

  /**
   * The key of our own that a resource is encrypted with.
   * @param keyId as a template names it; `alias/aws/sqs` and the like are keys that AWS manages
   * @returns undefined for those, which everybody may use who may use the resource
   * @throws AwsError NotFoundException
   */
  customerManaged(keyId: string | undefined): string | undefined {
    return keyId === undefined || /(?:^|:)alias\/aws\//.test(keyId) ? undefined : this.require(keyId).arn;
  }

  /** @param name with its `alias/` @param target id or ARN of the key */
  createAlias(name: string, target: string): void {
    this.aliases.set(name, this.require(target).id);
  }

  /**
   * By key id, key ARN, alias or alias ARN.
   * @throws AwsError NotFoundException
   */
  require(keyId: string): Key {
    const { region, accountId } = this.place;
    const prefix = `arn:aws:kms:${region}:${accountId}:`;
    const name = (keyId.startsWith(prefix) ? keyId.slice(prefix.length) : keyId).replace(/^key\//, '');
    const id = name.startsWith('alias/') ? this.aliases.get(name) : name;
    const key = id === undefined ? undefined : this.keys.get(id);
    if (key) return key;
    const what = name.startsWith('alias/') ? 'Alias' : 'Key';
    throw new AwsError('NotFoundException', `${what} '${keyId}' does not exist`);
  }

  mac(key: HmacKey, message: Uint8Array): Buffer {
    return createHmac(SPECS[key.spec].hash, Buffer.from(key.material, 'base64')).update(message).digest();
  }

  /** In constant time. */
  verifies(key: HmacKey, message: Uint8Array, mac: Uint8Array): boolean {
    const expected = this.mac(key, message);
    return expected.length === mac.length && timingSafeEqual(expected, mac);
  }
}

/** A UUID that follows from `seed`, so that the key keeps its ARN over restarts and `--fresh`. */
function idOf(seed: string): string {
  const digits = createHash('sha256').update(`kms ${seed}`).digest('hex');
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
