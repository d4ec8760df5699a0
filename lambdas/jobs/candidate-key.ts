/** Keeps keys far below S3's 1,024 bytes and readable in its console. */
const maxKeyNameLength = 80;

/**
 * The key of a candidate's file. Only ASCII letters, digits, dot, hyphen and underscore come from the name; the id
 * alone makes it unique. One prefix for everybody, because it is what the bucket forgets after the configured days.
 */
export function candidateKey(id: string, fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  const ascii = fileName
    .slice(0, dot)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, maxKeyNameLength)
    .replace(/^-+|-+$/g, '');
  return `resumes/${id}_${ascii || 'resume'}${fileName.slice(dot)}`;
}
