/** An answer in AWS's own shape: the code callers branch on, a sentence for people, and the HTTP status. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** @default 400 */
    readonly status: number = 400,
    /** Further elements of an S3 error document, such as `Condition` or `ProposedSize`. */
    readonly details: Readonly<Record<string, string>> = {},
    /** Further members of a JSON fault, such as `Item` or `CancellationReasons`. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** What the local endpoint cannot do is an error that names it: silently ignoring it would pass here and fail on AWS. */
export function notImplemented(what: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `The local AWS endpoint does not implement ${what}. Add it under scripts/local/aws, or avoid it.`,
    501,
  );
}
