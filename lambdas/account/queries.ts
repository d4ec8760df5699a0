import type { Transaction } from '../shared/database';

/** Row-level security limits every statement here to the rows of the transaction's user. */

/** Undefined leaves a field alone, null clears it. False when the account has just been deleted. */
export async function updateProfile(
  tx: Transaction,
  { name, locale }: { name: string | null | undefined; locale: string | null | undefined },
): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.users
     set name = case when $1::boolean then $2::text else name end,
         locale = case when $3::boolean then $4::text else locale end
     where id = $5 and deleted_at is null returning id`,
    [name !== undefined, name ?? null, locale !== undefined, locale ?? null, tx.userId],
  );
  return rows.length === 1;
}

/** Marks the account as deleted. False when another call was faster. */
export async function buryAccount(
  tx: Transaction,
  { now, tokensValidAfter, username }: { now: Date; tokensValidAfter: Date; username: string | undefined },
): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.users set deleted_at = $2, tokens_valid_after = $3, pool_username = $4
     where id = $1 and deleted_at is null returning id`,
    [tx.userId, now, tokensValidAfter, username ?? null],
  );
  return rows.length === 1;
}

export async function refuseTokens(tx: Transaction, validAfter: Date): Promise<void> {
  await tx.query('update landfall.users set tokens_valid_after = $2 where id = $1', [tx.userId, validAfter]);
}

/**
 * Leaves to the sweeps what the user has. The tables come in the order in which completing an upload locks their
 * rows, documents in the order in which every change does, so that nobody deadlocks.
 */
export async function buryContents(
  tx: Transaction,
  { now, uploadsUntil }: { now: Date; uploadsUntil: Date },
): Promise<void> {
  await tx.query('delete from landfall.idempotency_keys where user_id = $1', [tx.userId]);
  await tx.query('update landfall.uploads set expires_at = $2 where user_id = $1 and expires_at > $2', [
    tx.userId,
    uploadsUntil,
  ]);
  await tx.query(
    'select id from landfall.documents where user_id = $1 and deleted_at is null order by id for update',
    [tx.userId],
  );
  await tx.query(
    `update landfall.documents set deleted_at = $2, is_primary = false
     where user_id = $1 and deleted_at is null`,
    [tx.userId, now],
  );
  // Jobs, imports, candidates: in the order in which everybody locks them.
  for (const table of ['jobs', 'candidate_imports', 'candidates']) {
    await tx.query(`update landfall.${table} set deleted_at = $2 where user_id = $1 and deleted_at is null`, [
      tx.userId,
      now,
    ]);
  }
  await tx.query(
    'select id from landfall.photos where user_id = $1 and deleted_at is null order by id for update',
    [tx.userId],
  );
  await tx.query(
    `update landfall.photos set deleted_at = $2, is_primary = false
     where user_id = $1 and deleted_at is null`,
    [tx.userId, now],
  );
  await tx.query(
    'update landfall.account_exports set expires_at = $2 where user_id = $1 and expires_at > $2',
    [tx.userId, now],
  );
}

export interface ExportRow {
  readonly status: 'preparing' | 'ready' | 'failed';
  readonly object_key: string;
  /** bigint, which pg hands over as text. */
  readonly size: string | null;
  readonly failure: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export async function newestExport(tx: Transaction): Promise<ExportRow | undefined> {
  const [row] = await tx.query<ExportRow>(
    `select status, object_key, size, failure, created_at, finished_at from landfall.account_exports
     where user_id = $1 order by created_at desc, id desc limit 1`,
    [tx.userId],
  );
  return row;
}

/** Failures after which nobody is at work on an export; any other is the worker's, who may be tried again. */
export const finalFailures = ['not_started', 'took_too_long', 'signed_out'] as const;

/** Stops waiting for what is being prepared, if it was started by then. */
export async function giveUpExports(
  tx: Transaction,
  { failure, startedBy, now }: { failure: (typeof finalFailures)[number]; startedBy: Date; now: Date },
): Promise<void> {
  await tx.query(
    `update landfall.account_exports set status = 'failed', failure = $2, finished_at = $4
     where user_id = $1 and status = 'preparing' and created_at <= $3`,
    [tx.userId, failure, startedBy, now],
  );
}

/** False when another call has just started one. */
export async function insertExport(
  tx: Transaction,
  { id, key, now, expiresAt }: { id: string; key: string; now: Date; expiresAt: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into landfall.account_exports (id, user_id, status, object_key, created_at, expires_at)
     values ($1, $2, 'preparing', $3, $4, $5)
     on conflict (user_id) where status = 'preparing' do nothing returning id`,
    [id, tx.userId, key, now, expiresAt],
  );
  return rows.length === 1;
}
