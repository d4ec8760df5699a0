/** Why no text came out of a file. Each is final: the same file fails the same way tomorrow. */
export type ExtractionFailure =
  /** No bytes at all. */
  | 'empty'
  /** More bytes than the limit, before anything is unpacked. */
  | 'too_large'
  /** Something else than its format says, for example a renamed program. */
  | 'wrong_type'
  /** The right type in a dialect nobody reads any more, for example Word 95. */
  | 'unsupported'
  /** Opens with a password only. */
  | 'encrypted'
  /** Cut off or damaged. */
  | 'corrupt'
  /** Made to harm its reader: XML entities, thousands of nested elements or parts, parts that share bytes. */
  | 'unsafe_content'
  | 'too_many_pages'
  /** Unpacks to more than the limit. */
  | 'too_large_expanded'
  /** Whole, but without a letter: a scan, or blank. */
  | 'no_text'
  | 'timeout'
  | 'out_of_memory';

export class ExtractionError extends Error {
  override readonly name = 'ExtractionError';

  constructor(
    readonly code: ExtractionFailure,
    message: string,
  ) {
    super(message);
  }
}
