/**
 * The vocabulary of a contract: one domain's routes as data. Everything that must agree about a route
 * (API Gateway method and models, handler parsing, OpenAPI, IAM grants, alarms, the authorization matrix)
 * is derived from these rows, so nothing about a route is written twice.
 */
import type * as z from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route touches. The function's IAM policy is the union of its routes' uses and nothing more. */
export type Use =
  | { readonly database: 'app' }
  | { readonly cache: true }
  | {
      readonly bucket: 'documents' | 'photos';
      /** `read` is GetObject (HEAD included), `write` PutObject, `delete` DeleteObject, `abort` AbortMultipartUpload. */
      readonly can: readonly ('read' | 'write' | 'delete' | 'abort')[];
      /** Key pattern inside the bucket, for example `users/*`. */
      readonly under: string;
    }
  /** Signs addresses of the photos bucket's delivery. */
  | { readonly signer: 'photos' }
  | { readonly userPool: readonly 'sign-out'[] }
  | { readonly table: 'magic-links'; readonly can: readonly 'update'[] }
  | { readonly function: 'account-export' };

/** Codes of the one error body shape `{"error": {code, message, details?, requestId}}`, with their status. */
export const errorStatus = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export interface Route {
  /** OpenAPI operationId and the use case's name, for example `createUpload`. */
  readonly id: string;
  readonly method: Method;
  /** Path with `{parameters}`, for example `/documents/{id}`. */
  readonly path: string;
  /** `user`: a verified token is required. `public` costs a sentence: see `publicReason`. */
  readonly authorization: 'user' | 'public';
  /** Why anybody may call this route. Required when `authorization` is `public`. */
  readonly publicReason?: string;
  /** Day on which that was decided, `2026-11-26`: somebody looks at it again a year later. Required likewise. */
  readonly publicSince?: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly response: {
    readonly status: 200 | 201 | 202 | 204;
    readonly description: string;
    /** Absent for 204. */
    readonly schema?: z.ZodType;
  };
  /** Errors beyond the ones every route can give (400 with input, 401 with a token, 429, 500, 503, 504). */
  readonly errors?: readonly ErrorCode[];
  /** POST only: the `Idempotency-Key` header is honoured. */
  readonly idempotent?: boolean;
  readonly uses: readonly Use[];
}

export interface Contract {
  /** Folder name under `lambdas/`, function name and OpenAPI tag. */
  readonly domain: string;
  readonly description: string;
  /** What users notice when this function fails: the sentence of its alarms. */
  readonly impact: string;
  readonly memoryMiB: number;
  /** Lambda timeout in seconds; below API Gateway's 29 and above the SQL timeout. */
  readonly timeoutSeconds: number;
  readonly routes: readonly Route[];
}
