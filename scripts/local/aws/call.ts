/** One call of the endpoint, as its services see it. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { VerifiedSignature } from './authentication';
import type { WireRequest } from './sigv4';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string | Uint8Array | Readable;
}

export interface Call {
  /** As sent until its signature is verified; then with hoisted headers among the headers. */
  request: WireRequest;
  readonly incoming: IncomingMessage;
  /** Absent: the request carries no signature. */
  signature: VerifiedSignature | undefined;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For the log line: what was called, on what. Set as soon as it is known. */
  operation: string;
  resource: string;
  /** For the log line and the policies; a presigned POST names its principal only in the form. */
  principal: string | undefined;
  /** Throws AccessDenied unless the principal may. */
  authorize(action: string, resource: string, conditions?: Readonly<Record<string, string>>): Promise<void>;
}
