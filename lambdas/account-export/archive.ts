import path from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ZipFile } from 'yazl';
import type { Content, ObjectStore } from '../shared/object-store';
import { type AccountRow, describeAccount } from '../shared/own-account';
import type { DocumentRow, PhotoRow } from './queries';

export interface ArchiveSource {
  readonly account: AccountRow;
  readonly documents: AsyncIterable<DocumentRow>;
  readonly storage: Pick<ObjectStore, 'find'>;
  /** @default the deployment has no photos */
  readonly photos?:
    | { readonly rows: AsyncIterable<PhotoRow>; readonly storage: Pick<ObjectStore, 'find'> }
    | undefined;
  readonly now: Date;
}

/** Read at a time: with the buffers between reading and sending, some megabytes are in memory. */
const partBytes = 1024 * 1024;

/** Longest name of a file most systems unpack. */
const maxNameBytes = 255;

/**
 * Fills a ZIP with everything of a user's: the files, one after the other as they are read, then `documents.json`,
 * `photos.json` and `account.json`, which names the files that were not there. Resolves with the number of those.
 */
export async function fillArchive(
  zip: ZipFile,
  { account, documents, storage, photos, now }: ArchiveSource,
  signal: AbortSignal,
): Promise<number> {
  const listed: object[] = [];
  const missing: string[] = [];
  const add = async (store: Pick<ObjectStore, 'find'>, key: string, file: string, mtime: Date) => {
    const object = await store.find(key);
    if (!object) {
      missing.push(file);
      return;
    }
    const content = Readable.from(parts(object), { objectMode: false });
    // Documents and photos are compressed already, by their formats.
    zip.addReadStream(content, file, { compress: false, mtime, mode: 0o100644 });
    // One file is open at a time, and none when the ZIP has no taker any more.
    await finished(content, { signal });
  };
  for await (const document of documents) {
    const file = archivedName(document);
    listed.push(describe(document, file));
    await add(storage, document.object_key, file, document.created_at);
  }
  addJson(zip, 'documents.json', listed, now);
  if (photos) {
    const described: object[] = [];
    for await (const photo of photos.rows) {
      const file = `photos/${photo.id}.${photo.mime_type.replace('image/', '')}`;
      described.push(describePhoto(photo, file));
      await add(photos.storage, photo.object_key, file, photo.created_at);
    }
    addJson(zip, 'photos.json', described, now);
  }
  addJson(zip, 'account.json', { ...describeAccount(account), exportedAt: now.toISOString(), missing }, now);
  zip.end();
  return missing.length;
}

function addJson(zip: ZipFile, name: string, value: unknown, mtime: Date): void {
  zip.addBuffer(Buffer.from(`${JSON.stringify(value, null, 2)}\n`), name, { mtime, mode: 0o100644 });
}

async function* parts(content: Content): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.size; start += partBytes) yield content.read(start, partBytes);
}

/** The id makes the name unique; without the user's own name where both would be too long. */
function archivedName({ id, file_name }: DocumentRow): string {
  const name = `${id}-${file_name}`;
  return `documents/${Buffer.byteLength(name) <= maxNameBytes ? name : id + path.extname(file_name)}`;
}

function describePhoto(row: PhotoRow, file: string): object {
  return {
    id: row.id,
    mimeType: row.mime_type,
    size: Number(row.size),
    status: row.status,
    width: row.width,
    height: row.height,
    isPrimary: row.is_primary,
    createdAt: row.created_at.toISOString(),
    file,
  };
}

function describe(row: DocumentRow, file: string): object {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    fileName: row.file_name,
    mimeType: row.mime_type,
    size: Number(row.size),
    isPrimary: row.is_primary,
    status: row.status,
    failure: row.failure,
    language: row.language,
    pages: row.pages,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    file,
  };
}
