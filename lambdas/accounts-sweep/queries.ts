/** Row-level security limits every statement here to deleted users and to exports that have expired. */

export type Query = <R>(text: string, values?: readonly unknown[]) => Promise<R[]>;

/**
 * Makes tombstones of documents that a request added which began before the account was deleted; the sweep of
 * documents removes them like all others. Answers how many.
 */
export async function buryLateDocuments(query: Query, now: Date): Promise<number> {
  const rows = await query(
    `update landfall.documents set deleted_at = $1, is_primary = false
     where deleted_at is null and user_id in (select id from landfall.users where deleted_at is not null)
     returning id`,
    [now],
  );
  return rows.length;
}

/** The same for jobs, imports and candidates, in the order in which everybody locks them. */
export async function buryLateJobs(query: Query, now: Date): Promise<number> {
  let buried = 0;
  for (const table of ['jobs', 'candidate_imports', 'candidates']) {
    const rows = await query(
      `update landfall.${table} set deleted_at = $1
       where deleted_at is null and user_id in (select id from landfall.users where deleted_at is not null)
       returning id`,
      [now],
    );
    buried += rows.length;
  }
  return buried;
}

/** As for documents: a photo's files go with its tombstone. */
export async function buryLatePhotos(query: Query, now: Date): Promise<number> {
  const rows = await query(
    `update landfall.photos set deleted_at = $1, is_primary = false
     where deleted_at is null and user_id in (select id from landfall.users where deleted_at is not null)
     returning id`,
    [now],
  );
  return rows.length;
}

export interface RemovableIdentity {
  readonly subject: string;
  readonly pool_username: string | null;
}

/** Identities of deleted users that an issuer still knows. */
export function identitiesToRemove(
  query: Query,
  issuer: string,
  limit: number,
): Promise<RemovableIdentity[]> {
  return query<RemovableIdentity>(
    `select i.subject, u.pool_username from landfall.identities i join landfall.users u on u.id = i.user_id
     where u.deleted_at is not null and i.issuer = $1 and i.removed_at is null
     order by u.deleted_at limit $2`,
    [issuer, limit],
  );
}

export async function identityRemoved(
  query: Query,
  { issuer, subject, now }: { issuer: string; subject: string; now: Date },
): Promise<void> {
  await query('update landfall.identities set removed_at = $3 where issuer = $1 and subject = $2', [
    issuer,
    subject,
    now,
  ]);
}

export interface ExpiredExport {
  readonly id: string;
  readonly object_key: string;
}

/** Takes expired exports that nobody is writing. */
export function claimExpiredExports(
  query: Query,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<ExpiredExport[]> {
  return query<ExpiredExport>(
    `update landfall.account_exports set claimed_until = $2, claimed_by = null
     where id in (
       select id from landfall.account_exports
       where expires_at <= $1 and (claimed_until is null or claimed_until <= $1)
       order by expires_at limit $3 for update skip locked)
     returning id, object_key`,
    [now, until, limit],
  );
}

export async function deleteExport(query: Query, id: string): Promise<void> {
  await query('delete from landfall.account_exports where id = $1', [id]);
}

/** Deleted users of whom nobody but the rows knows any more; `issuer`: whose users must be gone first. */
export async function usersToPurge(
  query: Query,
  { deletedBefore, issuer, limit }: { deletedBefore: Date; issuer: string | null; limit: number },
): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select u.id from landfall.users u
     where u.deleted_at <= $1 and not exists (
       select from landfall.identities i where i.user_id = u.id and i.issuer = $2 and i.removed_at is null)
     order by u.deleted_at limit $3`,
    [deletedBefore, issuer, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * Deletes a user with everything that goes with the row, and says so in the audit log. Both see the same
 * snapshot, in which the user is still there, as the policy of the log wants it. False when another sweep was
 * faster.
 *
 * @throws while any table still has rows of the user that do not go with it, such as documents
 */
export async function purgeUser(query: Query, id: string, now: Date): Promise<boolean> {
  const rows = await query(
    `with purged as (delete from landfall.users where id = $1 returning id)
     insert into landfall.audit_log (user_id, action, entity_id, created_at)
     select id, 'account.purge', id, $2 from purged returning 1`,
    [id, now],
  );
  return rows.length === 1;
}
