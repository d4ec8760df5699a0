import type * as z from 'zod';
import { decodeCursor, encodeCursor } from '../shared/cursor';
import type { Request } from '../shared/http';
import type { Dependencies } from './dependencies';
import { type JobRow, jobPage } from './job-queries';
import type { jobPageSchema, listJobsQuery } from './schemas';
import { toJob } from './views';

/** One page of the user's jobs, newest first. */
export async function listJobs(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, query }: Request<undefined, z.output<typeof listJobsQuery>>,
): Promise<z.output<typeof jobPageSchema>> {
  const { status, limit } = query;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const rows = await database.withUser<JobRow>(identity, jobPage({ status, limit, after, now: clock() }));
  return page(rows, limit, toJob);
}

/** What a page answers of rows that were read with one more than its limit. */
export function page<Row extends { readonly id: string; readonly created_at: Date }, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
): { items: View[]; nextCursor: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(view),
    nextCursor:
      rows.length > limit && last ? encodeCursor({ createdAt: last.created_at, id: last.id }) : null,
  };
}
