/**
 * Object versions of one bucket on disk. A version is a data file and a JSON file, both named by a random id, so
 * that no key ever becomes a path. Data is staged and renamed first and the JSON written last and atomically: a
 * version exists if and only if its JSON does. The index is kept in memory and rebuilt from the JSON files.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../atomic-file';
import type { ChecksumAlgorithm } from '../checksums';

export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface ObjectVersion {
  readonly id: string;
  readonly key: string;
  /** `null` in a bucket without versioning, as S3 calls it. */
  readonly versionId: string;
  /** Grows with every version in the bucket; the highest one of a key is the current one. */
  readonly sequence: number;
  /** ISO 8601 */
  readonly lastModified: string;
  readonly deleteMarker?: true;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: ObjectChecksum | undefined;
  /** Content-Type, Content-Disposition and so on, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption: string;
  /** The key of our own that it is encrypted with. @default one that AWS manages */
  readonly keyArn?: string | undefined;
  readonly storageClass: string;
  /** Set after it was written, copied with it, or never. */
  readonly tags?: Readonly<Record<string, string>>;
}

export type NewVersion = Pick<
  ObjectVersion,
  'size' | 'etag' | 'checksum' | 'headers' | 'metadata' | 'encryption' | 'keyArn' | 'storageClass' | 'tags'
>;

export type Versioning = 'off' | 'Enabled' | 'Suspended';

/** UTF-8 byte order, which S3 lists in; JavaScript's own order differs beyond the basic plane. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class VersionStore {
  /** Versions of a key, newest first; a key without versions is absent. */
  private readonly index = new Map<string, ObjectVersion[]>();
  private readonly locks = new Map<string, Promise<unknown>>();
  private sortedKeys: string[] | undefined;
  private sequence = 0;

  private constructor(private readonly directory: string) {}

  static async open(directory: string): Promise<VersionStore> {
    const store = new VersionStore(directory);
    await rm(store.staging, { recursive: true, force: true });
    await mkdir(store.staging, { recursive: true });
    await mkdir(store.objects, { recursive: true });
    await store.load();
    return store;
  }

  /** Folder on the same volume as the objects, emptied at every start: what lies there was never committed. */
  get staging(): string {
    return path.join(this.directory, 'staging');
  }

  private get objects(): string {
    return path.join(this.directory, 'objects');
  }

  private async load(): Promise<void> {
    const files = await readdir(this.objects);
    const known = new Set<string>();
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const version = JSON.parse(await readFile(path.join(this.objects, file), 'utf8')) as ObjectVersion;
      known.add(version.id);
      this.sequence = Math.max(this.sequence, version.sequence);
      this.insert(version);
    }
    for (const file of files) {
      // Data whose JSON was never written, or already removed, when the process was killed; and unfinished JSON.
      const [id = ''] = file.split('.');
      if (!known.has(id) || file.endsWith('.tmp')) await rm(path.join(this.objects, file), { force: true });
    }
    for (const versions of this.index.values()) {
      // A replaced null version outlives a kill between writing its successor and removing it.
      for (const stale of versions.filter((version) => version.versionId === 'null').slice(1))
        await this.erase(stale);
    }
  }

  private insert(version: ObjectVersion): void {
    const versions = this.index.get(version.key) ?? [];
    versions.push(version);
    versions.sort((a, b) => b.sequence - a.sequence);
    if (versions.length === 1) this.sortedKeys = undefined;
    this.index.set(version.key, versions);
  }

  private async erase(version: ObjectVersion): Promise<void> {
    await rm(path.join(this.objects, `${version.id}.json`), { force: true });
    const left = (this.index.get(version.key) ?? []).filter((other) => other.id !== version.id);
    if (left.length > 0) this.index.set(version.key, left);
    else {
      this.index.delete(version.key);
      this.sortedKeys = undefined;
    }
    // Last: who finds no data must not find the version either, and looks again.
    await rm(this.dataFile(version), { force: true });
  }

  dataFile(version: ObjectVersion): string {
    return path.join(this.objects, `${version.id}.data`);
  }

  /** Keys with at least one version or delete marker, in S3's order. */
  keys(): readonly string[] {
    this.sortedKeys ??= [...this.index.keys()].sort(compareKeys);
    return this.sortedKeys;
  }

  /** Newest first. */
  versions(key: string): readonly ObjectVersion[] {
    return this.index.get(key) ?? [];
  }

  current(key: string): ObjectVersion | undefined {
    return this.index.get(key)?.[0];
  }

  find(key: string, versionId: string): ObjectVersion | undefined {
    return this.index.get(key)?.find((version) => version.versionId === versionId);
  }

  isEmpty(): boolean {
    return this.index.size === 0;
  }

  /** Runs changes of one key one after the other, so that a check and the write it allows are one step. */
  private async exclusively<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.locks.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.locks.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.locks.get(key) === settled) this.locks.delete(key);
    }
  }

  /**
   * Makes staged data the current version of `key`.
   * @param check throws when the current version forbids it (If-None-Match and the like)
   */
  put(
    key: string,
    stagedFile: string,
    content: NewVersion,
    versioning: Versioning,
    check: (current: ObjectVersion | undefined) => void,
  ): Promise<ObjectVersion> {
    return this.exclusively(key, async () => {
      check(this.current(key));
      const version = this.nextVersion(key, content, versioning);
      await rename(stagedFile, this.dataFile(version));
      return this.commit(version);
    });
  }

  /** Deletes as S3 does without a version id: a marker where there is versioning, the object where there is none. */
  delete(
    key: string,
    versioning: Versioning,
    check: (current: ObjectVersion | undefined) => void,
  ): Promise<{ removed: ObjectVersion | undefined; marker: ObjectVersion | undefined }> {
    return this.exclusively(key, async () => {
      const removed = this.current(key);
      check(removed);
      if (versioning === 'off') {
        if (removed) await this.erase(removed);
        return { removed: removed && this.removal(removed), marker: undefined };
      }
      const empty = {
        size: 0,
        etag: '',
        headers: {},
        metadata: {},
        encryption: '',
        storageClass: 'STANDARD',
      };
      const marker = await this.commit({ ...this.nextVersion(key, empty, versioning), deleteMarker: true });
      return { removed, marker };
    });
  }

  /** Gives a version these tags in place of those it has; none is a version that is gone. */
  tag(
    key: string,
    versionId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<ObjectVersion | undefined> {
    return this.exclusively(key, async () => {
      const version = this.find(key, versionId);
      if (!version || version.deleteMarker) return undefined;
      const tagged = { ...version, tags };
      await writeFileAtomic(path.join(this.objects, `${version.id}.json`), JSON.stringify(tagged));
      this.index.set(
        key,
        this.versions(key).map((other) => (other.id === version.id ? tagged : other)),
      );
      return tagged;
    });
  }

  /** Removes one version for good. */
  deleteVersion(key: string, versionId: string): Promise<ObjectVersion | undefined> {
    return this.exclusively(key, async () => {
      const version = this.find(key, versionId);
      if (version) await this.erase(version);
      return version && this.removal(version);
    });
  }

  /**
   * Follows the clock, in microseconds: what was removed leaves no file to go on counting from, and a sequence must
   * not come again after a restart.
   */
  private nextSequence(): number {
    this.sequence = Math.max(this.sequence + 1, Date.now() * 1000);
    return this.sequence;
  }

  /** What events say of a version that is gone: its removal is later than its creation. */
  private removal(version: ObjectVersion): ObjectVersion {
    return { ...version, sequence: this.nextSequence(), lastModified: new Date().toISOString() };
  }

  private nextVersion(key: string, content: NewVersion, versioning: Versioning): ObjectVersion {
    return {
      ...content,
      id: randomBytes(16).toString('hex'),
      key,
      versionId: versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null',
      sequence: this.nextSequence(),
      lastModified: new Date().toISOString(),
    };
  }

  private async commit(version: ObjectVersion): Promise<ObjectVersion> {
    const replaced = version.versionId === 'null' ? this.find(version.key, 'null') : undefined;
    await writeFileAtomic(path.join(this.objects, `${version.id}.json`), JSON.stringify(version));
    this.insert(version);
    if (replaced) await this.erase(replaced);
    return version;
  }
}
