import { safeFileName } from '../shared/file-name';

/** The name of an archive as reports show it. */
export function zipName(fileName: string): string {
  const stem = fileName.replace(/\.zip$/i, '');
  return safeFileName(stem, 'txt').replace(/\.txt$/, '.zip');
}
