import { keyName } from './file-name';

/**
 * The key of a candidate's file; the id alone makes it unique. One prefix for everybody, because it is what the bucket
 * forgets after the configured days.
 */
export function candidateKey(id: string, fileName: string): string {
  return `resumes/${id}_${keyName(fileName, 'resume')}`;
}
