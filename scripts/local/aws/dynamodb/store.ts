/**
 * dynalite's tables without its HTTP server: our endpoint has verified the caller, and nobody else may come in.
 * Its modules are called directly, so that a failure is ours to answer; through its server it would end the process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AwsError } from '../errors';

type Callback = (error: StoreError | null, output?: object) => void;

interface StoreError extends Error {
  readonly statusCode?: number;
  readonly body?: { readonly __type: string; readonly message?: string; readonly Message?: string };
}

interface Dynalite {
  readonly db: { open(): Promise<void>; close(done: (error?: Error | null) => void): void };
  readonly tableDb: { awsRegion: string; awsAccountId: string };
}

interface Operation {
  readonly types: object;
  readonly custom?: unknown;
  readonly act: (store: Dynalite, input: object, done: Callback) => void;
}

interface Validations {
  checkTypes(input: object, types: object): object;
  checkValidations(input: object, types: object, custom: unknown, store: Dynalite): void;
}

export type Attributes = Readonly<Record<string, unknown>>;

/** An input that dynalite has parsed and found well-formed. */
export interface Prepared {
  readonly name: string;
  readonly input: object;
}

/** Names of dynalite's operations that are used here. */
const names = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
];

export class DynamoStore {
  private constructor(
    private readonly store: Dynalite,
    private readonly validations: Validations,
    private readonly operations: ReadonlyMap<string, Operation>,
  ) {}

  /** @param directory of the LevelDB: what was acknowledged survives the end of the process, however it ends */
  static async open(
    directory: string,
    { region, accountId }: { readonly region: string; readonly accountId: string },
  ): Promise<DynamoStore> {
    // Loaded when there is a table: most starts need none of it.
    const { create } = require('dynalite/db') as { create(options: object): Dynalite };
    const store = create({ path: directory, createTableMs: 0 });
    try {
      await store.db.open();
    } catch (error) {
      const { cause, message } = error as Error;
      throw new Error(
        `The tables in ${directory} cannot be opened: ${(cause as Error | undefined)?.message ?? message}. Stop whoever uses them, or start over with --fresh.`,
        { cause: error },
      );
    }
    Object.assign(store.tableDb, { awsRegion: region, awsAccountId: accountId });
    const operations = names.map((name): [string, Operation] => {
      const file = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
      const { types, custom } = require(`dynalite/validations/${file}`) as Omit<Operation, 'act'>;
      return [name, { types, custom, act: require(`dynalite/actions/${file}`) as Operation['act'] }];
    });
    return new DynamoStore(store, require('dynalite/validations') as Validations, new Map(operations));
  }

  /** @throws AwsError for what is malformed, whatever the tables hold */
  prepare(name: string, input: object): Prepared {
    const { types, custom } = this.operation(name);
    try {
      // It changes what it is given.
      const checked = this.validations.checkTypes(structuredClone(input), types);
      this.validations.checkValidations(checked, types, custom, this.store);
      return { name, input: checked };
    } catch (error) {
      throw asAwsError(error as StoreError);
    }
  }

  /** @throws AwsError as DynamoDB answers it */
  act({ name, input }: Prepared): Promise<object> {
    const { act } = this.operation(name);
    return new Promise((resolve, reject) => {
      act(this.store, input, (error, output) => (error ? reject(asAwsError(error)) : resolve(output ?? {})));
    });
  }

  async call<Output = object>(name: string, input: object): Promise<Output> {
    return (await this.act(this.prepare(name, input))) as Output;
  }

  /** @returns when the table may be used */
  async createTable(input: object & { readonly TableName: string }): Promise<void> {
    await this.call('CreateTable', input);
    const { TableName } = input;
    while ((await this.describeTable(TableName)).TableStatus !== 'ACTIVE') await delay(1);
  }

  /** @throws AwsError ResourceNotFoundException */
  async describeTable(TableName: string): Promise<TableDescription> {
    return (await this.call<{ Table: TableDescription }>('DescribeTable', { TableName })).Table;
  }

  async item(TableName: string, Key: Attributes): Promise<Attributes | undefined> {
    return (await this.call<{ Item?: Attributes }>('GetItem', { TableName, Key, ConsistentRead: true })).Item;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.store.db.close((error) => (error ? reject(error) : resolve()));
    });
  }

  private operation(name: string): Operation {
    const operation = this.operations.get(name);
    if (!operation) throw new Error(`${name} is no operation of the store.`);
    return operation;
  }
}

export interface TableDescription {
  readonly TableStatus: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: string;
  }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: TableDescription['KeySchema'];
  readonly Projection?: unknown;
}

/** Faults keep their code and status; anything else is a fault of the store itself. */
function asAwsError(error: StoreError): Error {
  const { statusCode, body } = error;
  if (statusCode === undefined || !body) return error;
  const code = body.__type.slice(body.__type.indexOf('#') + 1);
  return new AwsError(code, body.message ?? body.Message ?? '', statusCode);
}
