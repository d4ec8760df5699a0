/** Entries of a batch: checked together, done one by one, each with its own answer. */
import { AwsError } from '../errors';
import { MAX_MESSAGE } from './message-rules';

interface BatchEntry {
  readonly Id: string;
}

const refused = (code: string, message: string) => new AwsError(code, message);

/** @throws AwsError for a batch that SQS refuses as a whole */
export function checkBatch(entries: readonly BatchEntry[]): void {
  if (entries.length === 0)
    throw refused(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  if (entries.length > 10)
    throw refused(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[\w-]{1,80}$/.test(Id))
      throw refused(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    if (ids.has(Id)) throw refused('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
}

export function checkBatchSize(sizes: readonly number[]): void {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > MAX_MESSAGE)
    throw refused(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_MESSAGE} bytes. You have sent ${total} bytes.`,
    );
}

/** @param work what it returns is added to the answer of a successful entry */
export async function eachEntry<Entry extends BatchEntry>(
  entries: readonly Entry[],
  work: (entry: Entry) => Promise<object>,
): Promise<{ Successful: object[]; Failed: object[] }> {
  const Successful: object[] = [];
  const Failed: object[] = [];
  const outcomes = await Promise.allSettled(entries.map((entry) => work(entry)));
  for (const [index, outcome] of outcomes.entries()) {
    const { Id } = entries[index] as Entry;
    if (outcome.status === 'fulfilled') Successful.push({ Id, ...outcome.value });
    else if (outcome.reason instanceof AwsError) {
      const { code, message } = outcome.reason;
      Failed.push({ Id, Code: code, Message: message, SenderFault: true });
    } else throw outcome.reason;
  }
  return { Successful, Failed };
}
