const mebibyte = 1024 ** 2;

export interface ExtractionLimits {
  /** Of the file as it is stored. @default 100 MiB */
  readonly fileBytes: number;
  /** Pages of a PDF, slides of a PPTX. @default 500 */
  readonly pages: number;
  /** What may be unpacked, counted while it is: what a file declares is not believed. @default 100 MiB */
  readonly expandedBytes: number;
  /** Of the text in UTF-16 units; what comes after is left out and `truncated` says so. @default 1,000,000 */
  readonly characters: number;
  /** Wall time of one file. @default 60 seconds */
  readonly milliseconds: number;
  /** What the process may grow by while a file is read, everything counted. @default 512 MiB */
  readonly memoryBytes: number;
}

export const defaultLimits: ExtractionLimits = {
  fileBytes: 100 * mebibyte,
  pages: 500,
  expandedBytes: 100 * mebibyte,
  characters: 1_000_000,
  milliseconds: 60_000,
  memoryBytes: 512 * mebibyte,
};
