/** One call of the endpoint, as its services see it. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Principal, VerifiedSignature } from './authentication';
import type { Conditions } from './authorization';
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
  /** Whose credentials signed; a presigned POST names them only in its form. */
  credentials?: Principal | undefined;
  /** ARN of the role, for the log line and events. */
  principal: string | undefined;
  /** Throws AccessDenied unless the principal may. */
  authorize(action: string, resource: string, conditions?: Conditions): Promise<void>;
}
