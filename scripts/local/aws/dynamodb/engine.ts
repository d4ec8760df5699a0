/** Tables of the templates, kept in the state directory: dynalite, and what it lacks of DynamoDB. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { StateFile } from '../atomic-file';
import { AwsError } from '../errors';
import { removeExpired } from './expiry';
import { type Attributes, DynamoStore, type TableDescription } from './store';
import { type TableDeclaration, tableInput } from './table-properties';
import { recover, type TransactionAction, writeTransaction } from './transactions';
import { Turns } from './turns';

export interface DynamoOptions {
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: (line: string) => void;
  /** Milliseconds between two looks for expired items. @default a minute; AWS takes up to two days */
  readonly expiryIntervalMs?: number;
}

/** How long a transaction's token stands for it. */
const TOKEN_MS = 10 * 60_000;

export class DynamoEngine {
  private readonly turns = new Turns();
  private readonly state: StateFile<Record<string, string>>;
  private readonly described = new Map<string, TableDescription>();
  private readonly keyArns = new Map<string, string | undefined>();
  private readonly tokens = new Map<string, { readonly digest: string; readonly at: number }>();
  private readonly timer: NodeJS.Timeout;
  private opened: Promise<DynamoStore> | undefined;

  private constructor(
    private readonly directory: string,
    readonly options: DynamoOptions,
    /** Table to the attribute that says when its items expire. */
    private readonly timesToLive: Map<string, string>,
  ) {
    this.state = new StateFile(timeToLiveFile(directory), () => Object.fromEntries(this.timesToLive));
    this.timer = setInterval(() => {
      this.expire().catch((error: Error) => options.log(`dynamodb: expired items stay: ${error.message}`));
    }, options.expiryIntervalMs ?? 60_000);
    this.timer.unref();
  }

  static async open(directory: string, options: DynamoOptions): Promise<DynamoEngine> {
    const stored = (await StateFile.read<Record<string, string>>(timeToLiveFile(directory))) ?? {};
    return new DynamoEngine(directory, options, new Map(Object.entries(stored)));
  }

  arnOf(table: string, index?: string): string {
    const { region, accountId } = this.options;
    const arn = `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
    return index === undefined ? arn : `${arn}/index/${index}`;
  }

  /**
   * Creates a declared table, or opens it with the items it has.
   * @throws Error naming properties that cannot be honoured locally; when keys or indexes are others than before
   */
  async createTable({ name, properties, keyArn }: TableDeclaration): Promise<{ arn: string }> {
    const { input, timeToLive } = tableInput({ name, properties });
    await this.turn(async (store) => {
      const existing = await store.describeTable(name).catch((error: unknown) => {
        if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
        throw error;
      });
      if (!existing) return store.createTable(input);
      const [before, now] = [shapeOf(existing), shapeOf(input)];
      if (before !== now)
        throw new Error(
          `the table exists with other keys or indexes. Expected ${now}, found ${before}. Start over with --fresh.`,
        );
    });
    await this.table(name);
    await this.setTimeToLive(name, timeToLive);
    this.keyArns.set(name, keyArn);
    return { arn: this.arnOf(name) };
  }

  /** One of dynalite's operations, alone: nothing else reads or writes meanwhile. */
  run(operation: string, input: object): Promise<object> {
    return this.turn((store) => store.call(operation, input));
  }

  /** As `run`; a condition that fails carries the item it failed on. */
  runConditional(operation: string, input: Attributes, key: Attributes): Promise<object> {
    return this.turn(async (store) => {
      try {
        return await store.call(operation, input);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
        const Item = await store.item(String(input.TableName), key);
        throw new AwsError(error.code, error.message, error.status, {}, Item && { Item });
      }
    });
  }

  /** @param token repeats of a transaction under the same token do nothing for ten minutes, in this process */
  async write(actions: readonly TransactionAction[], token: string | undefined): Promise<void> {
    const digest = createHash('sha256').update(JSON.stringify(actions)).digest('hex');
    await this.turn(async (store) => {
      const now = this.options.clock();
      for (const [other, { at }] of this.tokens) if (now - at > TOKEN_MS) this.tokens.delete(other);
      const done = token === undefined ? undefined : this.tokens.get(token);
      if (done?.digest === digest) return;
      if (done)
        throw new AwsError(
          'IdempotentParameterMismatchException',
          'This ClientRequestToken stands for a transaction with other items.',
        );
      await writeTransaction(store, this.journal, actions);
      if (token !== undefined) this.tokens.set(token, { digest, at: now });
    });
  }

  /** Several reads of one moment. */
  read(inputs: readonly object[]): Promise<object[]> {
    return this.turn(async (store) => {
      const outputs: object[] = [];
      for (const input of inputs) outputs.push(await store.call('GetItem', input));
      return outputs;
    });
  }

  /** Whether a table was declared, or asked for, since the start. */
  has(name: string): boolean {
    return this.described.has(name);
  }

  /** @throws AwsError ResourceNotFoundException */
  async table(name: string): Promise<TableDescription> {
    const known = this.described.get(name) ?? (await this.turn((store) => store.describeTable(name)));
    this.described.set(name, known);
    return known;
  }

  /** The attributes of `item` that are the key of `table`. */
  async keyOf(table: string, item: Attributes): Promise<Attributes> {
    const { KeySchema } = await this.table(table);
    return Object.fromEntries(KeySchema.map(({ AttributeName: name }) => [name, item[name]]));
  }

  /** The key of our own that items of a declared table are encrypted with. */
  keyArn(table: string): string | undefined {
    return this.keyArns.get(table);
  }

  timeToLive(table: string): string | undefined {
    return this.timesToLive.get(table);
  }

  async setTimeToLive(table: string, attribute: string | undefined): Promise<void> {
    if (attribute === undefined) this.timesToLive.delete(table);
    else this.timesToLive.set(table, attribute);
    await this.state.save();
  }

  /** Removes items whose time is past. @returns how many */
  async expire(): Promise<number> {
    let removed = 0;
    for (const [table, attribute] of this.timesToLive) {
      const count = await removeExpired((operation, input) => this.run(operation, input), {
        table,
        attribute,
        now: Math.floor(this.options.clock() / 1000),
        keyOf: (item) => this.keyOf(table, item),
      });
      if (count > 0) this.options.log(`dynamodb: ${count} expired items of ${table} removed`);
      removed += count;
    }
    return removed;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    const { opened } = this;
    if (opened) await this.turns.take(async () => (await opened).close());
  }

  private get journal(): string {
    return path.join(this.directory, 'transaction.json');
  }

  private turn<T>(work: (store: DynamoStore) => Promise<T>): Promise<T> {
    this.opened ??= this.openStore();
    const { opened } = this;
    return this.turns.take(async () => work(await opened));
  }

  private async openStore(): Promise<DynamoStore> {
    await mkdir(this.directory, { recursive: true });
    const store = await DynamoStore.open(path.join(this.directory, 'tables'), this.options);
    await recover(store, this.journal);
    return store;
  }
}

const timeToLiveFile = (directory: string) => path.join(directory, 'time-to-live.json');

/** Keys, types and indexes of a table, in an order of their own. */
function shapeOf(table: Omit<TableDescription, 'TableStatus'>): string {
  const types = new Map(
    table.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  const keys = (schema: TableDescription['KeySchema']) =>
    schema.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName} (${types.get(AttributeName)})`);
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]
    .map(({ IndexName, KeySchema, Projection }) => [IndexName, keys(KeySchema), Projection])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return JSON.stringify([keys(table.KeySchema), ...indexes]);
}
