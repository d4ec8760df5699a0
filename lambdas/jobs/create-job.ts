import type * as z from 'zod';
import { audit } from '../shared/audit';
import type { Transaction } from '../shared/database';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import { once } from '../shared/idempotency';
import { cleanTitle } from '../shared/visible-text';
import type { Dependencies } from './dependencies';
import { insertJob, type JobRow, jobById } from './job-queries';
import type { createJobBody } from './schemas';
import { type Job, toJob } from './views';

type Body = z.output<typeof createJobBody>;

export async function createJob(
  { database, clock, newId }: Pick<Dependencies, 'database' | 'clock' | 'newId'>,
  { identity, body, requestId, idempotency }: Request<undefined, undefined, Body>,
): Promise<Job> {
  const title = visibleTitle(body.title);
  const description = cleanText(body.description);
  return database.withUser(identity, (tx) =>
    once(tx, idempotency, clock, async () => {
      const id = newId();
      const now = clock();
      await insertJob(tx, { id, title, description, now });
      await audit(tx, { action: 'job.create', entityId: id, requestId, at: now });
      return currentJob(tx, id, now);
    }),
  );
}

/** @throws ApiError bad_request */
export function visibleTitle(text: string): string {
  const title = cleanTitle(text);
  if (title !== '') return title;
  throw new ApiError('bad_request', 'The title has no visible character.', {
    details: { issues: [{ in: 'body', path: 'title', message: 'expected a visible character' }] },
  });
}

/** Postgres stores neither NUL nor half a character. */
export const cleanText = (text: string): string => text.replace(/[\0\p{Cs}]/gu, '');

export async function currentJob(tx: Transaction, id: string, now: Date): Promise<Job> {
  const { text, values } = jobById(id, now);
  const [row] = await tx.query<JobRow>(text, values);
  return toJob(row as JobRow);
}
