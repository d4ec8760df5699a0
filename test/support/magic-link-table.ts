import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { connectTable } from '../../lambdas/shared/dynamodb-magic-link-table';
import type { MagicLinkTable } from '../../lambdas/shared/magic-link-table';

/** The table of magic links on a real engine. */
export interface TestLinkTable extends MagicLinkTable {
  /** All items, attribute by attribute as text. */
  items(): Promise<Record<string, string | undefined>[]>;
  close(): Promise<void>;
}

export async function startLinkTable(): Promise<TestLinkTable> {
  const dynalite = jest.requireActual<(options: object) => Server>('dynalite');
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const name = 'magic-links';
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  return {
    ...connectTable(name, client),
    items: async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
      return Items.map((item) =>
        Object.fromEntries(Object.entries(item).map(([key, value]) => [key, value.S ?? value.N])),
      );
    },
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
