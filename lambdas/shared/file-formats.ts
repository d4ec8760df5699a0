/** Formats with their media type and file extension. An environment's configuration allows some of them. */
export const formats = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  doc: 'application/msword',
  txt: 'text/plain',
  md: 'text/markdown',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
} as const;

export type Format = keyof typeof formats;
export type MimeType = (typeof formats)[Format];
export const mimeTypes = Object.values(formats) as [MimeType, ...MimeType[]];

export function formatOf(mimeType: MimeType): Format {
  const found = Object.entries(formats).find(([, value]) => value === mimeType);
  if (!found) throw new TypeError(`no format has the media type ${mimeType}`);
  return found[0] as Format;
}
