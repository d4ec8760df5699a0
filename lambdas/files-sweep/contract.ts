import { photoKeys } from '../shared/photo-sizes';

/** What the sweep finishes, as data: its statements, its environment and its grants are derived from it. */

export type BucketName = 'documents' | 'photos';

/** A table whose rows have files. Deleted rows are tombstones until their objects are gone. */
export interface FileTable {
  readonly table: 'documents' | 'photos' | 'candidates' | 'candidate_imports';
  readonly bucket: BucketName;
  /** Prefixes that the objects of a row lie under. */
  readonly prefixes: readonly string[];
  /** Rows have an end, `expires_at`, and are deleted then as if by their user. */
  readonly expires?: boolean;
  /** All objects of a row. */
  objects(row: FileRow): readonly string[];
}

export interface FileRow {
  readonly id: string;
  readonly user_id: string;
  readonly object_key: string;
}

export const fileTables: readonly FileTable[] = [
  {
    table: 'documents',
    bucket: 'documents',
    prefixes: ['users/'],
    objects: ({ object_key }) => [object_key],
  },
  {
    table: 'candidates',
    bucket: 'documents',
    prefixes: ['resumes/'],
    expires: true,
    objects: ({ object_key }) => [object_key],
  },
  {
    table: 'candidate_imports',
    bucket: 'documents',
    prefixes: ['imports/'],
    expires: true,
    objects: ({ object_key }) => [object_key],
  },
  {
    table: 'photos',
    bucket: 'photos',
    prefixes: ['originals/', 'photos/'],
    objects: ({ user_id, id }) => photoKeys(user_id, id),
  },
];

/** The bucket of an upload, by its purpose: quarantine and final key are in the same one. */
export const uploadBuckets = {
  document: 'documents',
  candidate: 'documents',
  candidate_import: 'documents',
  photo: 'photos',
} as const satisfies Readonly<Record<string, BucketName>>;

/** Prefixes of a bucket that the sweep removes objects from. */
export function sweptPrefixes(bucket: BucketName): readonly string[] {
  const tables = fileTables.filter((table) => table.bucket === bucket);
  return ['quarantine/', ...tables.flatMap(({ prefixes }) => prefixes)];
}
