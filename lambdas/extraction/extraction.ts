/** Text out of files that nobody trusts: what the workers need, and nothing that loads a reader of any format. */
export { type Extractor, openExtractor } from './extractor';
export { ExtractionError, type ExtractionFailure } from './failure';
export type { Format } from './formats';
export type { ExtractionLimits } from './limits';
export type { ExtractedText } from './read';
