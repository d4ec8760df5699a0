import type * as z from 'zod';
import type { CandidateRow } from './candidate-queries';
import type { EntryRow, ImportRow, ImportUploadRow } from './import-queries';
import type { JobRow } from './job-queries';
import type { candidateSchema, candidateSummarySchema, importSchema, jobSchema } from './schemas';

/** Rows as the API answers them. */

export type Job = z.output<typeof jobSchema>;
export type Candidate = z.output<typeof candidateSchema>;
export type CandidateSummary = z.output<typeof candidateSummarySchema>;
export type CandidateImport = z.output<typeof importSchema>;

/** Skills in a list of candidates. */
const summarizedSkills = 10;

export function toJob(row: JobRow): Job {
  const { id, title, description, status, processing, ready, failed } = row;
  return {
    id,
    title,
    description,
    status,
    candidates: { processing, ready, failed },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

const shared = (row: CandidateRow) => ({
  id: row.id,
  jobId: row.job_id,
  importId: row.import_id,
  fileName: row.file_name,
  mimeType: row.mime_type,
  size: Number(row.size),
  status: row.status,
  failure: row.failure,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
});

export function toCandidate(row: CandidateRow): Candidate {
  const { language, pages, profile } = row;
  return { ...shared(row), language, pages, profile };
}

export function toSummary(row: CandidateRow): CandidateSummary {
  const { profile } = row;
  const summary = profile && {
    name: profile.name,
    email: profile.email,
    phone: profile.phone,
    skills: profile.skills.slice(0, summarizedSkills),
  };
  return { ...shared(row), summary };
}

export interface Report {
  readonly counts: Partial<Record<EntryRow['outcome'], number>>;
  readonly entries: readonly EntryRow[];
  readonly nextCursor: string | null;
}

/** Nothing is known of its entries yet. */
const noReport: Report = { counts: {}, entries: [], nextCursor: null };

export function toImport(
  row: ImportRow,
  { counts, entries, nextCursor }: Report = noReport,
): CandidateImport {
  return {
    id: row.id,
    jobId: row.job_id,
    fileName: row.file_name,
    size: Number(row.size),
    status: row.status,
    failure: row.failure,
    total: row.entries,
    counts,
    entries: entries.map(({ path, outcome, candidate_id }) => ({ path, outcome, candidateId: candidate_id })),
    nextCursor,
    createdAt: row.created_at.toISOString(),
  };
}

export function uploadingImport(row: ImportUploadRow): CandidateImport {
  const waiting = { status: 'processing', failure: null, entries: null, deleted_at: null } as const;
  return { ...toImport({ ...row, ...waiting, job_id: row.job_id as string }), status: 'uploading' };
}
