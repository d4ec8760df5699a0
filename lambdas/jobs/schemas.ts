/** Shapes of what goes in and out of the routes of jobs, candidates and imports. */
import * as z from 'zod';
import { profileSchema } from '../profile/schema';
import { formats } from '../shared/file-formats';

/** What a resume may be. */
export const resumeFormats = ['pdf', 'docx', 'doc', 'txt'] as const;
export const resumeTypes = resumeFormats.map((format) => formats[format]) as [
  (typeof formats)[(typeof resumeFormats)[number]],
  ...(typeof formats)[(typeof resumeFormats)[number]][],
];

/** What became of an entry of an archive. */
export const entryOutcomes = [
  'candidate',
  'duplicate',
  'skipped',
  'unsafe_path',
  'encrypted',
  'unsupported',
  'too_large',
  'expands_too_much',
  'corrupt',
  'empty',
] as const;

const exampleId = '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10';
const exampleKey = { key: 'quarantine/...', 'Content-Type': 'application/pdf', Policy: '...' };
const id = (description: string) => z.uuid().meta({ description, examples: [exampleId] });
const timestampSchema = z.iso.datetime().meta({ examples: ['2026-03-01T09:30:00.000Z'] });
const countSchema = z
  .int()
  .min(0)
  .meta({ examples: [12] });

const titleSchema = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'Title of the job.', examples: ['Backend developer'] });
const descriptionSchema = z
  .string()
  .max(20_000)
  .meta({ description: 'What the job is about.', examples: ['Builds and runs our services.'] });
const jobStatusSchema = z.enum(['open', 'closed']).meta({ examples: ['open'] });

const countsSchema = z
  .strictObject({ processing: countSchema, ready: countSchema, failed: countSchema })
  .meta({ description: 'Candidates by state.' });

export const jobSchema = z
  .strictObject({
    id: id('Id of the job.'),
    title: titleSchema,
    description: descriptionSchema,
    status: jobStatusSchema,
    candidates: countsSchema,
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ title: 'Job' });

const stateSchema = z
  .enum(['processing', 'ready', 'failed'])
  .meta({ description: 'Whether the file has been read.', examples: ['ready'] });
const failureSchema = z
  .string()
  .nullable()
  .meta({ description: 'Why it could not be read, such as `encrypted`, `corrupt` or `no_text`.' });

const candidateFields = {
  id: id('Id of the candidate.'),
  jobId: id('Job that they apply for.'),
  importId: id('Archive that the file came in.').nullable(),
  fileName: z.string().meta({ description: 'Cleaned name of the file.', examples: ['Resume.pdf'] }),
  mimeType: z.enum(resumeTypes).meta({ examples: ['application/pdf'] }),
  size: z
    .int()
    .min(1)
    .meta({ description: 'Bytes.', examples: [48_213] }),
  status: stateSchema,
  failure: failureSchema,
  createdAt: timestampSchema,
  expiresAt: timestampSchema.meta({ description: 'File and candidate are gone from then on.' }),
};

export const candidateSummarySchema = z
  .strictObject({
    ...candidateFields,
    summary: profileSchema
      .pick({ name: true, email: true, phone: true, skills: true })
      .nullable()
      .meta({ description: 'The first ten skills, and how to reach the person; `null` until it is ready.' }),
  })
  .meta({ title: 'CandidateSummary' });

export const candidateSchema = z
  .strictObject({
    ...candidateFields,
    language: z
      .string()
      .nullable()
      .meta({ description: 'ISO 639-1 of the text.', examples: ['en'] }),
    pages: z
      .int()
      .nullable()
      .meta({ examples: [2] }),
    profile: profileSchema.nullable().meta({ description: '`null` until it is ready.' }),
  })
  .meta({ title: 'Candidate' });

export const jobParams = z.strictObject({ id: id('Id of the job.') });
export const candidateParams = z.strictObject({
  id: id('Id of the job.'),
  candidateId: id('Id of the candidate, which is that of its upload.'),
});
export const importParams = z.strictObject({ id: id('Id of the job.'), importId: id('Id of the import.') });

export const createJobBody = z
  .strictObject({ title: titleSchema, description: descriptionSchema.default('') })
  .meta({ title: 'CreateJob' });

export const updateJobBody = z
  .strictObject({
    title: titleSchema.optional(),
    description: descriptionSchema.optional(),
    status: jobStatusSchema.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'expected title, description or status')
  .meta({ title: 'UpdateJob', minProperties: 1 });

const limitSchema = (max: number, things: string) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(max)
    .default(20)
    .meta({ description: `${things} in one page.`, examples: [20] });
const cursorSchema = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: '`nextCursor` of the page before; opaque.' });
const nextCursorSchema = z.string().nullable().meta({ description: '`null` on the last page.' });

export const listJobsQuery = z.strictObject({
  status: jobStatusSchema.optional(),
  limit: limitSchema(100, 'Jobs'),
  cursor: cursorSchema,
});
export const jobPageSchema = z
  .strictObject({ items: z.array(jobSchema), nextCursor: nextCursorSchema })
  .meta({ title: 'JobPage' });

export const listCandidatesQuery = z.strictObject({
  status: stateSchema.optional(),
  limit: limitSchema(100, 'Candidates'),
  cursor: cursorSchema,
});
export const candidatePageSchema = z
  .strictObject({
    items: z.array(candidateSummarySchema),
    nextCursor: nextCursorSchema,
  })
  .meta({ title: 'CandidatePage' });

const fileNameSchema = z
  .string()
  .min(1)
  .max(1024)
  .meta({ description: 'Name of the file on the user\u2019s device.', examples: ['Resume.pdf'] });
const fileSizeSchema = z
  .int()
  .min(1)
  .meta({ description: 'Exact size in bytes.', examples: [48_213] });

export const createCandidateBody = z
  .strictObject({
    fileName: fileNameSchema,
    fileSize: fileSizeSchema,
    mimeType: z.enum(resumeTypes).meta({ examples: ['application/pdf'] }),
  })
  .meta({ title: 'CreateCandidate' });

export const candidateUploadSchema = z
  .strictObject({
    id: id('Id of the candidate to be, for `completeCandidate`.'),
    url: z.url().meta({
      description: 'Where the form is posted to, as multipart/form-data.',
      examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/'],
    }),
    fields: z.record(z.string(), z.string()).meta({
      description: 'Form fields, sent as they are and before the `file` field.',
      examples: [exampleKey],
    }),
    expiresAt: timestampSchema.meta({ description: 'The form is refused from then on, after 300 s.' }),
  })
  .meta({ title: 'CandidateUpload' });

export const createImportBody = z
  .strictObject({ fileName: fileNameSchema, fileSize: fileSizeSchema })
  .meta({ title: 'CreateCandidateImport' });

export const importUploadSchema = z
  .strictObject({
    id: id('Id of the import, for `completeCandidateImport`.'),
    parts: z
      .array(
        z.strictObject({
          partNumber: z
            .int()
            .min(1)
            .meta({ examples: [1] }),
          size: z
            .int()
            .min(1)
            .meta({
              description: 'Bytes of this part: the address takes exactly as many.',
              examples: [33_554_432],
            }),
          url: z.url().meta({
            description: 'Where the part is PUT to; its `ETag` is needed to complete.',
            examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/quarantine/...?partNumber=1'],
          }),
        }),
      )
      .meta({ description: 'The file in pieces, in order.' }),
    expiresAt: timestampSchema.meta({ description: 'The addresses are refused from then on, after 3600 s.' }),
  })
  .meta({ title: 'CandidateImportUpload' });

export const completeImportBody = z
  .strictObject({
    parts: z
      .array(
        z.strictObject({
          partNumber: z
            .int()
            .min(1)
            .max(10_000)
            .meta({ examples: [1] }),
          etag: z
            .string()
            .regex(/^"?[\w-]{1,100}"?$/)
            .meta({
              description: '`ETag` that S3 answered.',
              examples: ['"9b2cf535f27731c974343645a3985328"'],
            }),
        }),
      )
      .min(1)
      .max(200),
  })
  .meta({ title: 'CompleteCandidateImport' });

export const getImportQuery = z.strictObject({ limit: limitSchema(500, 'Entries'), cursor: cursorSchema });

export const importSchema = z
  .strictObject({
    id: id('Id of the import.'),
    jobId: id('Job that the candidates apply for.'),
    fileName: z.string().meta({ examples: ['resumes.zip'] }),
    size: z
      .int()
      .min(1)
      .meta({ description: 'Bytes.', examples: [48_213_000] }),
    status: z
      .enum(['uploading', 'processing', 'ready', 'failed'])
      .meta({ description: '`ready`: every entry has been looked at.', examples: ['ready'] }),
    failure: failureSchema.meta({
      description: 'Why the archive as a whole was refused, such as `too_many_entries` or `corrupt`.',
    }),
    total: z.int().nullable().meta({ description: 'Entries of the archive; `null` until it was opened.' }),
    counts: z
      .partialRecord(z.enum(entryOutcomes), countSchema)
      .meta({ description: 'Entries by outcome, so far.', examples: [{ candidate: 12, duplicate: 1 }] }),
    entries: z.array(
      z.strictObject({
        path: z.string().meta({ description: 'Name in the archive.', examples: ['2026/March/Resume.pdf'] }),
        outcome: z.enum(entryOutcomes).meta({ examples: ['candidate'] }),
        candidateId: id('The candidate that it became, or whose file it equals.').nullable(),
      }),
    ),
    nextCursor: nextCursorSchema,
    createdAt: timestampSchema,
  })
  .meta({ title: 'CandidateImport' });

export const downloadSchema = z
  .strictObject({
    url: z.url().meta({
      description: 'Signed address of the file; answers as an attachment.',
      examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/resumes/...'],
    }),
    fileName: z.string().meta({ examples: ['Resume.pdf'] }),
    expiresAt: timestampSchema.meta({ description: 'The address is refused from then on, after 3600 s.' }),
  })
  .meta({ title: 'CandidateDownload' });
