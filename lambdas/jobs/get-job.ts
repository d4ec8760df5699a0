import type { Request } from '../shared/http';
import type { Dependencies } from './dependencies';
import { jobNotFound } from './job';
import { type JobRow, jobById } from './job-queries';
import { type Job, toJob } from './views';

/** @throws ApiError not_found */
export async function getJob(
  { database, clock }: Pick<Dependencies, 'database' | 'clock'>,
  { identity, params }: Request<{ id: string }>,
): Promise<Job> {
  const [row] = await database.withUser<JobRow>(identity, jobById(params.id, clock()));
  if (!row) throw jobNotFound();
  return toJob(row);
}
