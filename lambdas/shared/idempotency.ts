import { type Clock, secondsAfter } from './clock';
import type { Transaction } from './database';
import { ApiError } from './errors';
import type { IdempotentRequest } from './http';

/** A repeated request is recognised for this long. */
const keepSeconds = 24 * 3600;

/**
 * Runs `effect` once per Idempotency-Key of a user and answers its stored result from then on. Key and effect
 * are committed together: a crash leaves both or neither. A concurrent duplicate waits for the first one's
 * transaction and then reads its result.
 *
 * @throws ApiError unprocessable, when the key was used for another request
 */
export async function once<T>(
  tx: Transaction,
  request: IdempotentRequest | undefined,
  clock: Clock,
  effect: () => Promise<T>,
): Promise<T> {
  if (!request) return effect();
  const now = clock();
  await tx.query('delete from landfall.idempotency_keys where key = $1 and expires_at <= $2', [
    request.key,
    now,
  ]);
  const claimed = await tx.query(
    `insert into landfall.idempotency_keys (user_id, key, request_hash, created_at, expires_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing returning key`,
    [tx.userId, request.key, request.hash, now, secondsAfter(now, keepSeconds)],
  );
  if (claimed.length === 0) return (await replay<T>(tx, request)).body;
  const body = await effect();
  await tx.query('update landfall.idempotency_keys set body = $2 where key = $1', [
    request.key,
    JSON.stringify(body),
  ]);
  return body;
}

/**
 * The stored result of an earlier request with this key, if there is one.
 * @throws ApiError unprocessable, when the key was used for another request
 */
export async function earlier<T>(
  tx: Transaction,
  request: IdempotentRequest | undefined,
  clock: Clock,
): Promise<{ body: T } | undefined> {
  if (!request) return undefined;
  const [row] = await tx.query<StoredRow<T>>(
    'select request_hash, body from landfall.idempotency_keys where key = $1 and expires_at > $2',
    [request.key, clock()],
  );
  return row && checked(row, request);
}

interface StoredRow<T> {
  readonly request_hash: Buffer;
  readonly body: T;
}

async function replay<T>(tx: Transaction, request: IdempotentRequest): Promise<{ body: T }> {
  const [row] = await tx.query<StoredRow<T>>(
    'select request_hash, body from landfall.idempotency_keys where key = $1',
    [request.key],
  );
  // Deleted by the sweep between the two statements: it expired this very moment.
  if (!row) throw new ApiError('conflict', 'The Idempotency-Key has just expired. Send the request again.');
  return checked(row, request);
}

function checked<T>(row: StoredRow<T>, request: IdempotentRequest): { body: T } {
  if (!row.request_hash.equals(request.hash)) {
    throw new ApiError('unprocessable', 'This Idempotency-Key was used for another request. Use a new key.', {
      details: { reason: 'idempotency_key_reused' },
    });
  }
  return { body: row.body };
}
