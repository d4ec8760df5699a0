import * as z from 'zod';
import type { Contract } from '../shared/contract';
import { mimeTypes } from '../shared/file-formats';
import { documentTypes } from './kinds';
import { processingStates } from './processing-state';

const examplePdf = {
  id: '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10',
  type: 'resume',
  name: 'Resume, spring',
  fileName: 'Resume 2026.pdf',
  mimeType: 'application/pdf',
  size: 48_213,
  isPrimary: true,
  status: 'ready',
  failure: null,
  createdAt: '2026-03-01T09:30:00.000Z',
  updatedAt: '2026-03-01T09:30:00.000Z',
} as const;

const typeSchema = z.enum(documentTypes).meta({ description: 'What the document is.', examples: ['resume'] });
const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'Title the user sees.', examples: [examplePdf.name] });
const timestampSchema = z.iso.datetime().meta({ examples: [examplePdf.createdAt] });

export const documentSchema = z
  .strictObject({
    id: z.uuid().meta({ examples: [examplePdf.id] }),
    type: typeSchema,
    name: nameSchema,
    fileName: z
      .string()
      .meta({ description: 'Cleaned name of the uploaded file.', examples: [examplePdf.fileName] }),
    mimeType: z.enum(mimeTypes).meta({ examples: [examplePdf.mimeType] }),
    size: z
      .int()
      .min(1)
      .meta({ description: 'Bytes.', examples: [examplePdf.size] }),
    isPrimary: z.boolean().meta({ description: 'At most one document of a type is primary.' }),
    status: z.enum(processingStates).meta({
      description: '`processing` until the text of the file has been read; ends as `ready` or `failed`.',
      examples: ['ready'],
    }),
    failure: z
      .string()
      .nullable()
      .meta({
        description: 'Why processing failed, such as `encrypted`, `corrupt` or `no_text`; null otherwise.',
        examples: ['encrypted'],
      }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ title: 'Document', examples: [examplePdf] });

export const idParams = z.strictObject({
  id: z.uuid().meta({ description: 'Id of the document.', examples: [examplePdf.id] }),
});

export const uploadParams = z.strictObject({
  id: z.uuid().meta({ description: 'Id of the upload, from `createUpload`.', examples: [examplePdf.id] }),
});

export const createUploadBody = z
  .strictObject({
    name: nameSchema,
    type: typeSchema,
    fileName: z
      .string()
      .min(1)
      .max(1024)
      .meta({ description: 'Name of the file on the user\u2019s device.', examples: [examplePdf.fileName] }),
    fileSize: z
      .int()
      .min(1)
      .meta({ description: 'Exact size in bytes.', examples: [examplePdf.size] }),
    mimeType: z.enum(mimeTypes).meta({ examples: [examplePdf.mimeType] }),
  })
  .meta({ title: 'CreateUpload' });

export const uploadSchema = z
  .strictObject({
    id: z.uuid().meta({ description: 'Upload id, for `completeUpload`.', examples: [examplePdf.id] }),
    url: z.url().meta({
      description: 'Where the form is posted to, as multipart/form-data.',
      examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/'],
    }),
    fields: z.record(z.string(), z.string()).meta({
      description: 'Form fields, sent as they are and before the `file` field.',
      examples: [{ key: 'quarantine/...', 'Content-Type': 'application/pdf', Policy: '...' }],
    }),
    expiresAt: timestampSchema.meta({
      description: 'The form is refused from then on, 300 s after its creation.',
    }),
  })
  .meta({ title: 'Upload' });

export const updateDocumentBody = z
  .strictObject({
    name: nameSchema.optional(),
    isPrimary: z
      .boolean()
      .optional()
      .meta({ description: 'true takes the mark from the type\u2019s primary document.', examples: [true] }),
  })
  .refine((body) => Object.keys(body).length > 0, 'expected name, isPrimary or both')
  .meta({ title: 'UpdateDocument', minProperties: 1 });

export const listDocumentsQuery = z.strictObject({
  type: typeSchema.optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .meta({ description: 'Documents in one page.', examples: [20] }),
  cursor: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: '`nextCursor` of the page before; opaque.' }),
});

export const documentPageSchema = z
  .strictObject({
    items: z.array(documentSchema),
    nextCursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ title: 'DocumentPage' });

export const downloadSchema = z
  .strictObject({
    url: z.url().meta({
      description: 'Signed address of the file; answers as an attachment.',
      examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/users/...'],
    }),
    fileName: z.string().meta({ examples: [examplePdf.fileName] }),
    expiresAt: timestampSchema.meta({ description: 'The address is refused from then on, after 3600 s.' }),
  })
  .meta({ title: 'Download' });

export const documentTextSchema = z
  .strictObject({
    documentId: z.uuid().meta({ examples: [examplePdf.id] }),
    status: z.literal('ready'),
    text: z.string().meta({
      description:
        'Pages and slides are divided by a form feed, paragraphs by a linefeed. At most 1,000,000 characters.',
      examples: ['Anna Example\n\nEngineer since 2019'],
    }),
    pages: z
      .int()
      .nullable()
      .meta({ description: 'null where the format has none.', examples: [2] }),
    language: z
      .string()
      .nullable()
      .meta({ description: 'ISO 639-1; null when the text is too short to tell.', examples: ['en'] }),
    metadata: z.record(z.string(), z.string()).meta({
      description:
        'What the file says about itself: `title`, `author` and `created`, as far as they are there.',
      examples: [{ title: 'Resume', author: 'Anna Example' }],
    }),
    truncated: z.boolean().meta({ description: 'The file holds more text than is kept.' }),
  })
  .meta({ title: 'DocumentText' });

export const searchDocumentsQuery = z.strictObject({
  q: z
    .string()
    .min(1)
    .max(200)
    .meta({
      description:
        'What to look for, as in a search engine: all words, `"a phrase"`, `or`, and `-not`. Accents and capitals do ' +
        'not matter.',
      examples: ['typescript "event driven" -java'],
    }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(50)
    .default(20)
    .meta({ description: 'Documents in one page.', examples: [20] }),
  cursor: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: '`nextCursor` of the page before, of the same query; opaque.' }),
});

const highlightSchema = z
  .array(z.strictObject({ text: z.string(), match: z.boolean() }))
  .meta({ description: 'Consecutive parts of one place in the text.' });

export const searchPageSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        document: documentSchema,
        highlights: z.array(highlightSchema).meta({
          description:
            'Up to three places of the text that match, as plain text and not as markup. Empty when only the name ' +
            'matches, when a word stands in the text with other accents, or beyond its first 200,000 characters.',
          examples: [
            [
              [
                { text: 'wrote services in ', match: false },
                { text: 'TypeScript', match: true },
              ],
            ],
          ],
        }),
      }),
    ),
    nextCursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ title: 'DocumentSearchPage' });

export const contract: Contract = {
  domain: 'documents',
  description: 'Private documents of a user: upload, list, rename, mark as primary, download, delete.',
  impact: 'Users can neither upload nor see, download or delete their documents.',
  memoryMiB: 512,
  timeoutSeconds: 20,
  routes: [
    {
      id: 'createUpload',
      method: 'POST',
      path: '/documents/uploads',
      authorization: 'user',
      summary: 'Start an upload',
      description:
        'Answers a form that takes exactly one file: this key, this type, this size, for 300 s. The file ' +
        'becomes a document by `completeUpload`, within an hour. Repeated with the same Idempotency-Key, it answers ' +
        'the same upload with a form signed anew.',
      body: createUploadBody,
      response: { status: 201, description: 'The form to post the file with.', schema: uploadSchema },
      errors: ['payload_too_large', 'unsupported_media_type', 'unprocessable'],
      idempotent: true,
      uses: [{ database: 'app' }, { bucket: 'documents', can: ['write'], under: 'quarantine/*' }],
    },
    {
      id: 'completeUpload',
      method: 'POST',
      path: '/documents/uploads/{id}/complete',
      authorization: 'user',
      summary: 'Turn an uploaded file into a document',
      description:
        'Checks size and content of the uploaded file. A file that is not what was announced is removed ' +
        '(422). A repeated call answers the same document; 409 while the file has not arrived or another ' +
        'call is at work; 410 after an hour.',
      params: uploadParams,
      response: { status: 200, description: 'The document.', schema: documentSchema },
      errors: ['not_found', 'conflict', 'gone', 'unprocessable'],
      idempotent: true,
      uses: [
        { database: 'app' },
        { bucket: 'documents', can: ['read', 'delete'], under: 'quarantine/*' },
        { bucket: 'documents', can: ['write'], under: 'users/*' },
      ],
    },
    {
      id: 'listDocuments',
      method: 'GET',
      path: '/documents',
      authorization: 'user',
      summary: 'List documents, newest first',
      query: listDocumentsQuery,
      response: { status: 200, description: 'One page.', schema: documentPageSchema },
      uses: [{ database: 'app' }],
    },
    {
      id: 'searchDocuments',
      method: 'GET',
      path: '/documents/search',
      authorization: 'user',
      summary: 'Search in texts and names of documents, the best match first',
      description:
        'Words are found in any of their forms in the languages of the user\u2019s documents, and in names and file ' +
        'names as they are. A text can be found once its document is `ready`; of a text with more different words ' +
        'than an index entry holds (1 MB), by its beginning. Looking only for what is absent finds nothing (400).',
      query: searchDocumentsQuery,
      response: { status: 200, description: 'One page.', schema: searchPageSchema },
      uses: [{ database: 'app' }],
    },
    {
      id: 'getDocument',
      method: 'GET',
      path: '/documents/{id}',
      authorization: 'user',
      summary: 'Get a document',
      params: idParams,
      response: { status: 200, description: 'The document.', schema: documentSchema },
      errors: ['not_found'],
      uses: [{ database: 'app' }],
    },
    {
      id: 'getDocumentText',
      method: 'GET',
      path: '/documents/{id}/text',
      authorization: 'user',
      summary: 'Get the text of a document',
      description:
        '409 with reason `processing` until it has been read. 422 with the code of the failure as reason when the file ' +
        'has no text that could be. 404 also, with reason `not_extracted`, for documents that are older than this route.',
      params: idParams,
      response: { status: 200, description: 'The text.', schema: documentTextSchema },
      errors: ['not_found', 'conflict', 'unprocessable'],
      uses: [{ database: 'app' }],
    },
    {
      id: 'updateDocument',
      method: 'PATCH',
      path: '/documents/{id}',
      authorization: 'user',
      summary: 'Rename a document or mark it as primary',
      params: idParams,
      body: updateDocumentBody,
      response: { status: 200, description: 'The document after the change.', schema: documentSchema },
      errors: ['not_found'],
      uses: [{ database: 'app' }],
    },
    {
      id: 'downloadDocument',
      method: 'GET',
      path: '/documents/{id}/download',
      authorization: 'user',
      summary: 'Get an address to download a document from',
      description:
        'Where files are scanned for malware, 409 with reason `processing` until the scan has found the file clean, and ' +
        '422 with reason `malware` or `unscannable` when it has not.',
      params: idParams,
      response: { status: 200, description: 'A signed address, for 3600 s.', schema: downloadSchema },
      errors: ['not_found', 'conflict', 'unprocessable'],
      uses: [{ database: 'app' }, { bucket: 'documents', can: ['read'], under: 'users/*' }],
    },
    {
      id: 'deleteDocument',
      method: 'DELETE',
      path: '/documents/{id}',
      authorization: 'user',
      summary: 'Delete a document and its file',
      description:
        'The document is gone for every later call at once (a second DELETE answers 404); its file is removed ' +
        'right after, or by the next sweep if that fails.',
      params: idParams,
      response: { status: 204, description: 'Deleted.' },
      errors: ['not_found'],
      uses: [{ database: 'app' }, { bucket: 'documents', can: ['delete'], under: 'users/*' }],
    },
  ],
};
