import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { systemClock } from '../shared/clock';
import { openDatabase } from '../shared/database';
import { commaList, readEnv } from '../shared/env';
import { createHttpHandler, on } from '../shared/http';
import { s3ObjectStore } from '../shared/object-store';
import { completeUpload } from './complete-upload';
import {
  contract,
  createUploadBody,
  idParams,
  listDocumentsQuery,
  updateDocumentBody,
  uploadParams,
} from './contract';
import { createUpload } from './create-upload';
import { deleteDocument } from './delete-document';
import type { Dependencies } from './dependencies';
import { downloadDocument } from './download-document';
import { getDocument } from './get-document';
import { type Format, formats } from './kinds';
import { listDocuments } from './list-documents';
import { updateDocument } from './update-document';

const env = readEnv(
  z.object({
    DOCUMENTS_BUCKET: z.string().min(1),
    DOCUMENTS_MAX_BYTES: z.coerce.number().int().min(1),
    DOCUMENTS_FORMATS: commaList.pipe(z.array(z.enum(Object.keys(formats) as [Format, ...Format[]])).min(1)),
    CORS_ORIGINS: commaList,
  }),
);

const deps: Dependencies = {
  database: openDatabase(),
  storage: s3ObjectStore(env.DOCUMENTS_BUCKET),
  clock: systemClock,
  newId: randomUUID,
  wait,
  limits: { maxBytes: env.DOCUMENTS_MAX_BYTES, formats: env.DOCUMENTS_FORMATS },
};

export const handler = createHttpHandler(
  contract,
  {
    createUpload: on({ body: createUploadBody }, (request) => createUpload(deps, request)),
    completeUpload: on({ params: uploadParams }, (request) => completeUpload(deps, request)),
    listDocuments: on({ query: listDocumentsQuery }, (request) => listDocuments(deps, request)),
    getDocument: on({ params: idParams }, (request) => getDocument(deps, request)),
    updateDocument: on({ params: idParams, body: updateDocumentBody }, (request) =>
      updateDocument(deps, request),
    ),
    downloadDocument: on({ params: idParams }, (request) => downloadDocument(deps, request)),
    deleteDocument: on({ params: idParams }, (request) => deleteDocument(deps, request)),
  },
  { corsOrigins: env.CORS_ORIGINS },
);
