/** Parts of unfinished uploads on disk; an upload exists if and only if its JSON does. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { StateFile, writeFileAtomic } from '../atomic-file';
import type { ChecksumAlgorithm } from '../checksums';
import { AwsError } from '../errors';
import type { Staged } from './payload';
import type { NewVersion } from './version-store';

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly checksum?: string | undefined;
  readonly lastModified: string;
  /** Name of its data file in the upload's folder. */
  readonly file: string;
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly started: string;
  readonly content: Pick<NewVersion, 'headers' | 'metadata' | 'encryption' | 'keyArn' | 'storageClass'>;
  readonly algorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
}

export class MultipartStore {
  private readonly uploads = new Map<string, { upload: Upload; parts: Map<number, Part> }>();

  private constructor(private readonly directory: string) {}

  static async open(directory: string): Promise<MultipartStore> {
    const store = new MultipartStore(directory);
    await mkdir(directory, { recursive: true });
    for (const id of await readdir(directory)) {
      const upload = await StateFile.read<Upload>(path.join(directory, id, 'upload.json'));
      if (upload) store.uploads.set(id, { upload, parts: await store.loadParts(id) });
      else await rm(path.join(directory, id), { recursive: true, force: true });
    }
    return store;
  }

  private async loadParts(id: string): Promise<Map<number, Part>> {
    const parts = new Map<number, Part>();
    for (const file of await readdir(path.join(this.directory, id))) {
      if (!/^part-\d+\.json$/.test(file)) continue;
      const part = await StateFile.read<Part>(path.join(this.directory, id, file));
      if (part) parts.set(part.number, part);
    }
    return parts;
  }

  async start(upload: Omit<Upload, 'id' | 'started'>): Promise<Upload> {
    const started = { ...upload, id: randomBytes(24).toString('hex'), started: new Date().toISOString() };
    await mkdir(path.join(this.directory, started.id));
    await writeFileAtomic(path.join(this.directory, started.id, 'upload.json'), JSON.stringify(started));
    this.uploads.set(started.id, { upload: started, parts: new Map() });
    return started;
  }

  /** @throws AwsError NoSuchUpload */
  find(id: string, key: string): { upload: Upload; parts: ReadonlyMap<number, Part> } {
    return this.entry(id, key);
  }

  private entry(id: string, key: string) {
    const entry = this.uploads.get(id);
    if (entry?.upload.key === key) return entry;
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
      { UploadId: id },
    );
  }

  list(): Upload[] {
    return [...this.uploads.values()].map(({ upload }) => upload);
  }

  async addPart(id: string, key: string, number: number, staged: Staged): Promise<Part> {
    const { parts } = this.entry(id, key);
    const file = `part-${number}-${randomBytes(8).toString('hex')}.data`;
    const part: Part = {
      number,
      size: staged.size,
      etag: staged.md5,
      checksum: staged.checksum?.value,
      lastModified: new Date().toISOString(),
      file,
    };
    const folder = path.join(this.directory, id);
    await rename(staged.file, path.join(folder, file));
    await writeFileAtomic(path.join(folder, `part-${number}.json`), JSON.stringify(part));
    const replaced = parts.get(number);
    parts.set(number, part);
    if (replaced) await rm(path.join(folder, replaced.file), { force: true });
    return part;
  }

  dataFile(id: string, part: Part): string {
    return path.join(this.directory, id, part.file);
  }

  async remove(id: string, key: string): Promise<void> {
    this.entry(id, key);
    this.uploads.delete(id);
    // The JSON first: without it a restart removes the rest.
    await rm(path.join(this.directory, id, 'upload.json'), { force: true });
    await rm(path.join(this.directory, id), { recursive: true, force: true });
  }
}
