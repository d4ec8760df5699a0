/** What a function's answer to a batch says of its messages, when its mapping has ReportBatchItemFailures. */

/**
 * Ids of the messages that failed. Nothing named: all succeeded. Anything that is no valid answer, an id that was not
 * in the batch included: all failed.
 */
export function failedItems(answer: unknown, ids: readonly string[]): ReadonlySet<string> {
  const none = new Set<string>();
  const all = new Set(ids);
  if (answer === null || answer === undefined) return none;
  if (typeof answer !== 'object' || Array.isArray(answer)) return all;
  const { batchItemFailures: failures } = answer as { batchItemFailures?: unknown };
  if (failures === null || failures === undefined) return none;
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures as readonly ({ itemIdentifier?: unknown } | null)[]) {
    const id = failure?.itemIdentifier;
    if (typeof id !== 'string' || !all.has(id)) return all;
    failed.add(id);
  }
  return failed;
}
