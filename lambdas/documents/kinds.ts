/**
 * What a document can be, in the words of the API and the database, with the folder its objects live in:
 * `users/{userId}/{folder}/{documentId}-{name}`.
 */
export const typeFolders = {
  resume: 'resumes',
  cover_letter: 'cover-letters',
  portfolio: 'portfolios',
  certificate: 'certificates',
  knowledge: 'knowledge',
  other: 'others',
} as const;

export type DocumentType = keyof typeof typeFolders;
export const documentTypes = Object.keys(typeFolders) as [DocumentType, ...DocumentType[]];
