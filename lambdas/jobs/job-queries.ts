import type { Cursor } from '../shared/cursor';
import type { Transaction } from '../shared/database';
import type { Statement } from '../shared/flight';

/** Row-level security limits every statement here to the rows of the transaction's user. */

export interface JobRow {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: 'open' | 'closed';
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly processing: number;
  readonly ready: number;
  readonly failed: number;
}

const jobColumns = 'j.id, j.title, j.description, j.status, j.created_at, j.updated_at';

/** The candidates of each job by state, as the user sees them at time $1. */
const counted = `
  cross join lateral (
    select count(*) filter (where c.status = 'processing')::int as processing,
      count(*) filter (where c.status = 'ready')::int as ready,
      count(*) filter (where c.status = 'failed')::int as failed
    from landfall.candidates c
    where c.user_id = j.user_id and c.job_id = j.id and c.deleted_at is null and c.expires_at > $1) n`;

export function jobById(id: string, now: Date): Statement {
  return {
    text: `
      select ${jobColumns}, n.* from landfall.jobs j ${counted} where j.id = $2 and j.deleted_at is null`,
    values: [now, id],
  };
}

export function jobPage({
  status,
  limit,
  after,
  now,
}: {
  status: JobRow['status'] | undefined;
  limit: number;
  after: Cursor | undefined;
  now: Date;
}): Statement {
  const values: unknown[] = [now, limit + 1];
  const filters = ['deleted_at is null'];
  if (status !== undefined) filters.push(`status = $${values.push(status)}`);
  if (after !== undefined)
    filters.push(`(created_at, id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`);
  return {
    text: `
      select ${jobColumns}, n.* from (
        select * from landfall.jobs
        where ${filters.join(' and ')} order by created_at desc, id desc limit $2) j ${counted}
      order by j.created_at desc, j.id desc`,
    values,
  };
}

export async function insertJob(
  tx: Transaction,
  job: { id: string; title: string; description: string; now: Date },
): Promise<void> {
  await tx.query(
    `insert into landfall.jobs (id, user_id, title, description, status, created_at, updated_at)
     values ($1, $2, $3, $4, 'open', $5, $5)`,
    [job.id, tx.userId, job.title, job.description, job.now],
  );
}

/** False when there is no such job. */
export async function updateJobRow(
  tx: Transaction,
  id: string,
  change: {
    title: string | undefined;
    description: string | undefined;
    status: string | undefined;
    now: Date;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `update landfall.jobs
     set title = coalesce($2, title), description = coalesce($3, description), status = coalesce($4, status),
         updated_at = $5
     where id = $1 and deleted_at is null returning id`,
    [id, change.title ?? null, change.description ?? null, change.status ?? null, change.now],
  );
  return rows.length === 1;
}

/**
 * The state of a job, which stays as it is for the rest of the transaction: who adds something to a job takes this
 * lock, so that a deletion either comes before or finds what was added.
 */
export async function holdJob(tx: Transaction, id: string): Promise<JobRow['status'] | undefined> {
  const [row] = await tx.query<Pick<JobRow, 'status'>>(
    'select status from landfall.jobs where id = $1 and deleted_at is null for share',
    [id],
  );
  return row?.status;
}

/**
 * Makes a job a tombstone with all it has, in this order: jobs, imports, candidates; everybody else locks in the same
 * one. False when there is no such job.
 */
export async function buryJob(tx: Transaction, id: string, now: Date): Promise<boolean> {
  const rows = await tx.query(
    'update landfall.jobs set deleted_at = $2 where id = $1 and deleted_at is null returning id',
    [id, now],
  );
  if (rows.length === 0) return false;
  await tx.query(
    `update landfall.uploads set expires_at = least(expires_at, $2)
     where job_id = $1 and purpose in ('candidate', 'candidate_import')`,
    [id, now],
  );
  await tx.query(
    'update landfall.candidate_imports set deleted_at = $2 where job_id = $1 and deleted_at is null',
    [id, now],
  );
  await tx.query('update landfall.candidates set deleted_at = $2 where job_id = $1 and deleted_at is null', [
    id,
    now,
  ]);
  return true;
}
