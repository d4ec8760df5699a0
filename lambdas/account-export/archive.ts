import path from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ZipFile } from 'yazl';
import type { Content, ObjectStore } from '../shared/object-store';
import { type AccountRow, describeAccount } from '../shared/own-account';
import type { CandidateRow, DocumentRow, JobRow, PhotoRow } from './queries';

export interface ArchiveSource {
  readonly account: AccountRow;
  readonly documents: AsyncIterable<DocumentRow>;
  readonly jobs: AsyncIterable<JobRow>;
  readonly candidates: AsyncIterable<CandidateRow>;
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
 * `jobs.json`, `photos.json` and `account.json`, which names the files that were not there. Resolves with the number of
 * those.
 */
export async function fillArchive(
  zip: ZipFile,
  { account, documents, jobs, candidates, storage, photos, now }: ArchiveSource,
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
    const file = archivedName('documents', document);
    listed.push(describe(document, file));
    await add(storage, document.object_key, file, document.created_at);
  }
  const ofJobs = new Map<string, object[]>();
  for await (const candidate of candidates) {
    const file = archivedName('candidates', candidate);
    const described = describeCandidate(candidate, file);
    const others = ofJobs.get(candidate.job_id);
    if (others) others.push(described);
    else ofJobs.set(candidate.job_id, [described]);
    await add(storage, candidate.object_key, file, candidate.created_at);
  }
  const listedJobs: object[] = [];
  for await (const job of jobs) listedJobs.push(describeJob(job, ofJobs.get(job.id) ?? []));
  addJson(zip, 'documents.json', listed, now);
  if (listedJobs.length > 0) addJson(zip, 'jobs.json', listedJobs, now);
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
function archivedName(folder: string, { id, file_name }: Pick<DocumentRow, 'id' | 'file_name'>): string {
  const name = `${id}-${file_name}`;
  return `${folder}/${Buffer.byteLength(name) <= maxNameBytes ? name : id + path.extname(file_name)}`;
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

function describeJob(row: JobRow, candidates: readonly object[]): object {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    candidates,
  };
}

function describeCandidate(row: CandidateRow, file: string): object {
  return {
    id: row.id,
    fileName: row.file_name,
    mimeType: row.mime_type,
    size: Number(row.size),
    status: row.status,
    failure: row.failure,
    language: row.language,
    pages: row.pages,
    profile: row.profile,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    file,
  };
}
