import { keyName } from '../shared/file-name';
import { type DocumentType, typeFolders } from './kinds';

/** The key of a document's object; the id alone makes it unique. */
export function objectKey(userId: string, type: DocumentType, id: string, fileName: string): string {
  return `users/${userId}/${typeFolders[type]}/${id}-${keyName(fileName, 'document')}`;
}
