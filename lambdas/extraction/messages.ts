import type { ExtractionFailure } from './failure';
import type { Format } from './formats';
import type { ExtractionLimits } from './limits';
import type { ExtractedText } from './read';

/** To the thread: one file. The bytes change hands. */
export interface Order {
  readonly bytes: ArrayBuffer;
  readonly format: Format;
  readonly limits: ExtractionLimits;
}

/** From the thread: `ready` once, then an answer for every order. */
export type Message = 'ready' | Answer;

export type Answer =
  | { readonly text: ExtractedText }
  | { readonly failure: ExtractionFailure; readonly message: string };
