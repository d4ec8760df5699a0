import type { ExtractionFailure, ExtractionLimits, Format } from '../../../lambdas/extraction/extraction';

/** What a reader must find in a file. */
export interface Found {
  /** Each must stand in the text, with any white space between its words. */
  readonly phrases: readonly string[];
  readonly absent?: readonly string[];
  /** Not checked when it is left out; null means that the format does not say. */
  readonly pages?: number | null;
  readonly language?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly truncated?: boolean;
}

/** A file as people send them, or as nobody should. Made by code: nothing of a real person is in it. */
export interface Sample {
  readonly name: string;
  readonly format: Format;
  readonly make: () => Buffer | Promise<Buffer>;
  readonly limits?: Partial<ExtractionLimits>;
  readonly expected: Found | { readonly failure: ExtractionFailure };
}
