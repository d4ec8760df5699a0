import type * as z from 'zod';
import { audit } from '../shared/audit';
import { secondsAfter } from '../shared/clock';
import type { Transaction } from '../shared/database';
import { ApiError } from '../shared/errors';
import type { Request } from '../shared/http';
import type { Identity } from '../shared/identity';
import type { exportSchema } from './contract';
import {
  addressSeconds,
  type Dependencies,
  offerSeconds,
  retrySeconds,
  unfinishedSeconds,
} from './dependencies';
import { type ExportRow, finalFailures, giveUpExports, insertExport, newestExport } from './queries';

/**
 * Answers the newest export while it is fresh, and starts one otherwise. Whoever has the address can use it, so it
 * is never logged.
 *
 * @throws ApiError unavailable, when the export could not be started
 */
export async function exportAccount(
  deps: Dependencies,
  { identity, requestId }: Request<undefined>,
): Promise<z.output<typeof exportSchema>> {
  const { fresh, started } = await deps.database.withUser(identity, (tx) => freshOrNew(deps, tx, requestId));
  if (started !== undefined) await start(deps, identity, started);
  if (fresh?.status !== 'ready') return { status: 'preparing' };
  const expiresAt = secondsAfter(deps.clock(), addressSeconds);
  const url = await deps.storage.downloadUrl(
    { key: fresh.object_key, disposition: attachment(fresh.created_at), mimeType: 'application/zip' },
    addressSeconds,
  );
  return { status: 'ready', url, expiresAt: expiresAt.toISOString(), size: Number(fresh.size) };
}

/** The export there is, or the id of a new one, or neither when another call has just made one. */
async function freshOrNew(
  { clock, newId }: Dependencies,
  tx: Transaction,
  requestId: string,
): Promise<{ fresh?: ExportRow; started?: string }> {
  const now = clock();
  const newest = await newestExport(tx);
  if (newest && isFresh(newest, now)) return { fresh: newest };
  // Not the one that another call has made meanwhile.
  await giveUpExports(tx, { failure: 'took_too_long', startedBy: secondsAfter(now, -offerSeconds), now });
  const id = newId();
  const key = `exports/${tx.userId}/${id}.zip`;
  if (!(await insertExport(tx, { id, key, now, expiresAt: secondsAfter(now, unfinishedSeconds) }))) return {};
  await audit(tx, { action: 'account.export', entityId: id, requestId, at: now });
  return { started: id };
}

function isFresh({ status, created_at, finished_at, failure }: ExportRow, now: Date): boolean {
  switch (status) {
    case 'preparing':
      return secondsAfter(created_at, offerSeconds) > now;
    case 'ready':
      return secondsAfter(finished_at as Date, offerSeconds) > now;
    case 'failed':
      return !finalFailures.some((code) => code === failure) && secondsAfter(created_at, retrySeconds) > now;
  }
}

async function start(
  { database, startExport, clock }: Dependencies,
  identity: Identity,
  exportId: string,
): Promise<void> {
  const { issuer, subject, claims: { auth_time, iat } = {} } = identity;
  const claims = { ...(auth_time !== undefined && { auth_time }), ...(iat !== undefined && { iat }) };
  try {
    await startExport({ exportId, identity: { issuer, subject, claims } });
  } catch (cause) {
    const now = clock();
    await database.withUser(identity, (tx) =>
      giveUpExports(tx, { failure: 'not_started', startedBy: now, now }),
    );
    throw new ApiError('unavailable', 'The export could not be started. Try again.', { cause });
  }
}

function attachment(createdAt: Date): string {
  return `attachment; filename="landfall-export-${createdAt.toISOString().slice(0, 10)}.zip"`;
}
