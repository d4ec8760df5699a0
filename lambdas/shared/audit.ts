import type { Transaction } from './database';

export interface AuditEntry {
  /** What happened, as `entity.verb`, for example `document.delete`. */
  readonly action: `${string}.${string}`;
  readonly entityId: string;
  readonly requestId: string;
  readonly at: Date;
  /** Facts about the change; never contents or file names. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Records a change in the transaction that makes it: there is no change without its entry. */
export async function audit(
  tx: Transaction,
  { action, entityId, requestId, at, details = {} }: AuditEntry,
): Promise<void> {
  await tx.query(
    `insert into landfall.audit_log (user_id, action, entity_id, request_id, details, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [tx.userId, action, entityId, requestId, JSON.stringify(details), at],
  );
}
