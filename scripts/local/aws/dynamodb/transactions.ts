/**
 * TransactWriteItems over a store that has none. Nobody else has the store while it runs, so what is left to do is
 * undoing: of a transaction that a condition cancels, and of one that the end of the process interrupted.
 */
import { rm } from 'node:fs/promises';
import { StateFile, writeFileAtomic } from '../atomic-file';
import { AwsError } from '../errors';
import type { Attributes, DynamoStore, Prepared } from './store';

export interface TransactionAction {
  readonly kind: 'ConditionCheck' | 'Delete' | 'Put' | 'Update';
  readonly table: string;
  readonly key: Attributes;
  /** As sent, but for what to return on a failed condition. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly returnsOld: boolean;
}

/** An item as it was before a transaction. */
interface Before {
  readonly table: string;
  readonly key: Attributes;
  readonly item?: Attributes;
}

interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError';
  readonly Message?: string;
  readonly Item?: Attributes;
}

/** @throws AwsError TransactionCanceledException with a reason for each action; then nothing has changed */
export async function writeTransaction(
  store: DynamoStore,
  journal: string,
  actions: readonly TransactionAction[],
): Promise<void> {
  refuseRepeatedItems(actions);
  const before: Before[] = [];
  const prepared: Prepared[] = [];
  for (const action of actions) {
    const item = await store.item(action.table, action.key);
    before.push({ table: action.table, key: action.key, ...(item && { item }) });
    prepared.push(prepare(store, action, item));
  }
  await writeFileAtomic(journal, JSON.stringify(before));
  const reasons: CancellationReason[] = [];
  try {
    for (const [index, action] of actions.entries())
      reasons.push(await apply(store, prepared[index] as Prepared, action, before[index]?.item));
  } catch (error) {
    await undo(store, journal, before);
    throw error;
  }
  if (reasons.every(({ Code }) => Code === 'None')) {
    await rm(journal);
    return;
  }
  await undo(store, journal, before);
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    {},
    { CancellationReasons: reasons },
  );
}

/** Undoes what a process that was killed left half done. */
export async function recover(store: DynamoStore, journal: string): Promise<void> {
  const before = await StateFile.read<Before[]>(journal);
  if (before) await undo(store, journal, before);
}

async function undo(store: DynamoStore, journal: string, before: readonly Before[]): Promise<void> {
  for (const { table, key, item } of before) await restore(store, table, key, item);
  await rm(journal);
}

async function restore(store: DynamoStore, TableName: string, Key: Attributes, Item: Attributes | undefined) {
  if (Item) await store.call('PutItem', { TableName, Item });
  else await store.call('DeleteItem', { TableName, Key });
}

function prepare(
  store: DynamoStore,
  { kind, input, key }: TransactionAction,
  item: Attributes | undefined,
): Prepared {
  if (kind !== 'ConditionCheck') return store.prepare(`${kind}Item`, input);
  // Checks and changes nothing: puts what is there, or deletes what is not.
  const { Key: _, ...rest } = input;
  return item
    ? store.prepare('PutItem', { ...rest, Item: item })
    : store.prepare('DeleteItem', { ...rest, Key: key });
}

async function apply(
  store: DynamoStore,
  prepared: Prepared,
  { returnsOld }: TransactionAction,
  item: Attributes | undefined,
): Promise<CancellationReason> {
  try {
    await store.act(prepared);
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { code, message: Message } = error;
    if (code === 'ValidationException') return { Code: 'ValidationError', Message };
    if (code !== 'ConditionalCheckFailedException') throw error;
    return { Code: 'ConditionalCheckFailed', Message, ...(returnsOld && item && { Item: item }) };
  }
}

function refuseRepeatedItems(actions: readonly TransactionAction[]): void {
  const items = actions.map(({ table, key }) => JSON.stringify([table, Object.entries(key).sort()]));
  if (new Set(items).size < items.length)
    throw new AwsError(
      'ValidationException',
      'Transaction request cannot include multiple operations on one item',
    );
}
