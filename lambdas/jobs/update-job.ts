import type * as z from 'zod';
import { audit } from '../shared/audit';
import type { Request } from '../shared/http';
import { cleanText, currentJob, visibleTitle } from './create-job';
import type { Dependencies } from './dependencies';
import { jobNotFound } from './job';
import { updateJobRow } from './job-queries';
import type { updateJobBody } from './schemas';
import type { Job } from './views';

type Body = z.output<typeof updateJobBody>;

/** @throws ApiError not_found */
export async function updateJob(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params: { id }, body, requestId }: Request<{ id: string }, undefined, Body>,
): Promise<Job> {
  const title = body.title === undefined ? undefined : visibleTitle(body.title);
  const description = body.description === undefined ? undefined : cleanText(body.description);
  return database.withUser(identity, async (tx) => {
    const now = clock();
    if (!(await updateJobRow(tx, id, { title, description, status: body.status, now }))) throw jobNotFound();
    const details = { changed: Object.keys(body) };
    await audit(tx, { action: 'job.update', entityId: id, requestId, at: now, details });
    return currentJob(tx, id, now);
  });
}
