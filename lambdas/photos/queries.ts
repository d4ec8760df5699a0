import type { Transaction } from '../shared/database';
import type { Statement } from '../shared/flight';
import type { UploadRow } from '../shared/uploads/queries';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface PhotoRow {
  readonly id: string;
  readonly user_id: string;
  readonly mime_type: string;
  /** bigint, which pg hands over as text. */
  readonly size: string;
  readonly status: 'processing' | 'ready' | 'failed';
  readonly failure: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly blur: string | null;
  readonly is_primary: boolean;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
}

const inOrder = 'position, created_at, id';

/** The photo that the user chose, or else the first one that is ready: so there is one as soon as any is. */
const primaryId = `coalesce(
  (select id from landfall.photos where is_primary),
  (select id from landfall.photos where status = 'ready' and deleted_at is null order by ${inOrder} limit 1))`;

const columns = `id, user_id, mime_type, size, status, failure, width, height, blur,
  coalesce(id = ${primaryId}, false) as is_primary, created_at, deleted_at`;

export function photoById(id: string): Statement {
  return {
    text: `select ${columns} from landfall.photos where id = $1 and deleted_at is null`,
    values: [id],
  };
}

export function allPhotos(): Statement {
  return {
    text: `select ${columns} from landfall.photos where deleted_at is null order by ${inOrder}`,
    values: [],
  };
}

/**
 * Holds the user for the rest of the transaction: whatever counts, orders or marks photos comes one after the other.
 * First of all locks, as in the deletion of an account.
 */
export async function holdUser(tx: Transaction): Promise<void> {
  await tx.query('select id from landfall.users where id = $1 for no key update', [tx.userId]);
}

/** Photos and uploads that may become some. In one statement, between whose halves no upload becomes a photo. */
export async function countPhotos(tx: Transaction, now: Date): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select ((select count(*) from landfall.photos where deleted_at is null)
       + (select count(*) from landfall.uploads where purpose = 'photo' and expires_at > $1))::int as count`,
    [now],
  );
  return row?.count ?? 0;
}

/** The photo an upload became, tombstones included. */
export async function photoOfUpload(tx: Transaction, id: string): Promise<PhotoRow | undefined> {
  const [row] = await tx.query<PhotoRow>(`select ${columns} from landfall.photos where id = $1`, [id]);
  return row;
}

/** Behind all others. */
export async function insertPhoto(
  tx: Transaction,
  upload: UploadRow,
  { versionId }: { versionId: string },
  now: Date,
): Promise<PhotoRow> {
  const [row] = await tx.query<PhotoRow>(
    `insert into landfall.photos (id, user_id, mime_type, size, object_key, object_version, position, created_at)
     values ($1, $2, $3, $4, $5, $6,
       (select coalesce(max(position), 0) + 1 from landfall.photos where deleted_at is null), $7)
     returning id, user_id, mime_type, size, status, failure, width, height, blur, is_primary, created_at, deleted_at`,
    [upload.id, tx.userId, upload.mime_type, upload.size, upload.object_key, versionId, now],
  );
  return row as PhotoRow;
}

export async function photoIds(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ id: string }>('select id from landfall.photos where deleted_at is null');
  return rows.map(({ id }) => id);
}

export async function setOrder(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update landfall.photos p set position = o.position
     from unnest($1::uuid[]) with ordinality as o (id, position)
     where p.id = o.id and p.user_id = $2 and p.deleted_at is null`,
    [ids, tx.userId],
  );
}

export async function clearPrimary(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    'update landfall.photos set is_primary = false where user_id = $2 and is_primary and id <> $1',
    [id, tx.userId],
  );
}

/** False when the photo is not ready, or not there any more. */
export async function markPrimary(tx: Transaction, id: string): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.photos set is_primary = true
     where id = $1 and status = 'ready' and deleted_at is null returning id`,
    [id],
  );
  return rows.length === 1;
}

/** Makes a photo a tombstone and says until when a worker may still write objects of it. */
export async function buryPhoto(
  tx: Transaction,
  id: string,
  now: Date,
): Promise<{ readonly claimed_until: Date | null } | undefined> {
  const [row] = await tx.query<{ claimed_until: Date | null }>(
    `update landfall.photos set deleted_at = $2, is_primary = false
     where id = $1 and deleted_at is null returning claimed_until`,
    [id, now],
  );
  return row;
}

export async function deleteTombstone(tx: Transaction, id: string): Promise<void> {
  await tx.query('delete from landfall.photos where id = $1 and deleted_at is not null', [id]);
}
