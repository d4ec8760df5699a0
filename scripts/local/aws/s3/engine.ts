/** The buckets of the local runtime: declared by the templates, kept on disk, watched by event listeners. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { StateFile, writeFileAtomic } from '../atomic-file';
import type { Call } from '../call';
import { AwsError } from '../errors';
import { type BucketSettings, readBucketProperties } from './bucket-properties';
import { MultipartStore } from './multipart-store';
import { type ObjectVersion, VersionStore } from './version-store';

export interface Bucket extends BucketSettings {
  readonly name: string;
  /** ISO 8601 */
  readonly created: string;
  /** Resolved bucket policy document, kept for the authorizer; undefined without one. */
  readonly policy?: unknown;
  /** The key of our own that new objects are encrypted with. @default one that AWS manages */
  readonly keyArn?: string | undefined;
  readonly store: VersionStore;
  readonly uploads: MultipartStore;
}

export interface ObjectEvent {
  /** As in S3's event notifications, for example `ObjectCreated:Put` or `ObjectRemoved:DeleteMarkerCreated`. */
  readonly type:
    | `ObjectCreated:${'Put' | 'Post' | 'Copy' | 'CompleteMultipartUpload'}`
    | `ObjectRemoved:${'Delete' | 'DeleteMarkerCreated'}`;
  readonly bucket: string;
  /** Not URL-encoded. */
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Absent in a bucket without versioning. */
  readonly versionId: string | undefined;
  /** Hexadecimal; a later event of the same key has a greater one. */
  readonly sequencer: string;
  readonly time: string;
  /** Role that caused the event. */
  readonly requester: string | undefined;
  /** Of the call that caused it. */
  readonly requestId: string;
  readonly sourceIp: string;
  /** The bucket declares that its events go to EventBridge. */
  readonly eventBridge: boolean;
}

export interface BucketDeclaration {
  readonly name: string;
  /** Resolved properties of the AWS::S3::Bucket. @default none */
  readonly properties?: unknown;
  /** Resolved document of its AWS::S3::BucketPolicy. @default none */
  readonly policy?: unknown;
}

/** What an event says of the call that caused it. */
export type Cause = Pick<Call, 'principal' | 'requestId' | 'incoming'>;

/** @returns undefined for a key that AWS manages */
type KeyArnOf = (keyId: string | undefined) => string | undefined;

type Listener = (event: ObjectEvent) => Promise<void> | void;

type Stored = Omit<Bucket, 'store' | 'uploads'>;

const NAME = /^(?!xn--)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

export class S3Engine {
  private readonly buckets = new Map<string, Bucket>();
  private readonly listeners = new Set<Listener>();

  private constructor(
    private readonly directory: string,
    private readonly log: (line: string) => void,
    private readonly keyArnOf: KeyArnOf,
  ) {}

  /** @param keyArnOf finds keys that buckets are declared to be encrypted with */
  static async open(
    directory: string,
    log: (line: string) => void,
    keyArnOf: KeyArnOf = () => undefined,
  ): Promise<S3Engine> {
    const engine = new S3Engine(directory, log, keyArnOf);
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      const stored = await StateFile.read<Stored>(path.join(directory, name, 'bucket.json'));
      if (stored) await engine.openBucket(stored);
    }
    return engine;
  }

  private async openBucket(stored: Stored): Promise<void> {
    const folder = path.join(this.directory, stored.name);
    const store = await VersionStore.open(folder);
    const uploads = await MultipartStore.open(path.join(folder, 'uploads'));
    this.buckets.set(stored.name, { ...stored, store, uploads });
  }

  /**
   * Creates the bucket, or brings an existing one up to its declaration; objects stay.
   * @throws Error naming properties that cannot be honoured locally
   */
  async createBucket({ name, properties = {}, policy }: BucketDeclaration): Promise<void> {
    if (!NAME.test(name))
      throw new Error(`"${name}" is no S3 bucket name: 3 to 63 of a-z, 0-9, dot and hyphen are expected.`);
    const settings = readBucketProperties(name, properties);
    const existing = this.buckets.get(name);
    const stored: Stored = {
      ...settings,
      // Versioning cannot be turned off again, only suspended.
      versioning:
        settings.versioning === 'off' && existing && existing.versioning !== 'off'
          ? 'Suspended'
          : settings.versioning,
      name,
      created: existing?.created ?? new Date().toISOString(),
      policy,
      keyArn: this.keyArnOf(settings.keyId),
    };
    await mkdir(path.join(this.directory, name), { recursive: true });
    await writeFileAtomic(path.join(this.directory, name, 'bucket.json'), JSON.stringify(stored));
    if (existing) this.buckets.set(name, { ...stored, store: existing.store, uploads: existing.uploads });
    else await this.openBucket(stored);
  }

  /** Removes the bucket with everything in it. */
  async removeBucket(name: string): Promise<void> {
    this.buckets.delete(name);
    if (NAME.test(name)) await rm(path.join(this.directory, name), { recursive: true, force: true });
  }

  list(): Bucket[] {
    return [...this.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws AwsError NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket)
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
    return bucket;
  }

  find(name: string): Bucket | undefined {
    return this.buckets.get(name);
  }

  /** Calls `listener` after every change is durable and before its answer; returns what ends that. */
  onEvent(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when every listener is done with it. */
  async emit(type: ObjectEvent['type'], bucket: Bucket, version: ObjectVersion, cause: Cause): Promise<void> {
    const event: ObjectEvent = {
      type,
      bucket: bucket.name,
      key: version.key,
      size: version.size,
      etag: version.etag,
      versionId: version.versionId === 'null' ? undefined : version.versionId,
      sequencer: version.sequence.toString(16).padStart(16, '0').toUpperCase(),
      time: version.lastModified,
      requester: cause.principal,
      requestId: cause.requestId,
      sourceIp: cause.incoming.socket.remoteAddress ?? '127.0.0.1',
      eventBridge: bucket.eventBridge,
    };
    for (const listener of this.listeners) {
      try {
        await listener(event);
      } catch (error) {
        // The object is stored: a failing consumer must not turn the upload into an error.
        this.log(`s3 ${type} ${bucket.name}/${version.key}: a listener failed: ${(error as Error).message}`);
      }
    }
  }
}
