import { on, type RouteHandler } from '../shared/http';
import { completeUpload } from '../shared/uploads/complete-upload';
import {
  createUploadBody,
  idParams,
  listDocumentsQuery,
  searchDocumentsQuery,
  updateDocumentBody,
  uploadParams,
} from './contract';
import { createDocumentUpload } from './create-upload';
import { deleteDocument } from './delete-document';
import type { Dependencies } from './dependencies';
import { documentUpload } from './document-upload';
import { downloadDocument } from './download-document';
import { getDocument } from './get-document';
import { getDocumentText } from './get-document-text';
import { listDocuments } from './list-documents';
import { searchDocuments } from './search-documents';
import { updateDocument } from './update-document';

/** Which use case answers which route of the contract. */
export const routes = (deps: Dependencies): Record<string, RouteHandler> => ({
  createUpload: on({ body: createUploadBody }, (request) => createDocumentUpload(deps, request)),
  completeUpload: on({ params: uploadParams }, (request) => completeUpload(deps, documentUpload, request)),
  listDocuments: on({ query: listDocumentsQuery }, (request) => listDocuments(deps, request)),
  searchDocuments: on({ query: searchDocumentsQuery }, (request) => searchDocuments(deps, request)),
  getDocument: on({ params: idParams }, (request) => getDocument(deps, request)),
  getDocumentText: on({ params: idParams }, (request) => getDocumentText(deps, request)),
  updateDocument: on({ params: idParams, body: updateDocumentBody }, (request) =>
    updateDocument(deps, request),
  ),
  downloadDocument: on({ params: idParams }, (request) => downloadDocument(deps, request)),
  deleteDocument: on({ params: idParams }, (request) => deleteDocument(deps, request)),
});
