import { contentFault } from '../shared/file-content';
import { formatOf, type MimeType } from '../shared/file-formats';
import type { UploadDomain } from '../shared/uploads/upload-domain';
import { type Document, toDocument } from './document';
import { type DocumentRow, documentOfUpload, insertDocument } from './queries';

/** How an upload becomes a document. */
export const documentUpload: UploadDomain<DocumentRow, Document> = {
  purpose: 'document',
  noun: 'document',
  formSeconds: 300,
  check: (object, upload) => contentFault(object, formatOf(upload.mime_type as MimeType)),
  existing: documentOfUpload,
  insert: insertDocument,
  view: toDocument,
  created: { action: 'document.create', details: ({ type }) => ({ type }) },
};
