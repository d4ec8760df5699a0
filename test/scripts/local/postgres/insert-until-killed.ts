/**
 * A process that inserts rows until it is killed, and prints each number once its row is committed.
 * Arguments: a data directory, a template file. Before that it lets its engine die, to show that it comes back.
 */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { Client } from 'pg';
import { ensureCertificates } from '../../../../scripts/local/certificates';
import { startPostgres } from '../../../../scripts/local/postgres/server';

const [directory = '', template = ''] = process.argv.slice(2);
const engines: Worker[] = [];
process.on('worker', (worker) => engines.push(worker));

async function main(): Promise<void> {
  const certificates = await ensureCertificates(join(directory, 'certificates'));
  const server = await startPostgres({
    dataDirectory: join(directory, 'data'),
    tls: certificates,
    template,
    authenticate: async () => true,
  });
  const connect = async (): Promise<Client> => {
    const client = new Client({
      host: 'localhost',
      port: server.port,
      user: 'landfall',
      password: 'any',
      database: 'landfall',
      ssl: { ca: certificates.ca },
    });
    client.once('error', (error) => {
      console.log(`disconnected ${(error as { code?: string }).code}`);
      client.on('error', () => undefined);
    });
    await client.connect();
    return client;
  };

  const first = await connect();
  await first.query('create table committed (number int primary key)');
  await first.query('insert into committed values (0)');
  await first.query('begin; insert into committed values (-1)');
  const gone = new Promise((resolve) => first.once('end', resolve));
  // The last one: the loader that compiles TypeScript may have started a thread of its own before.
  await engines.at(-1)?.terminate();
  await gone;

  const client = await connect();
  const { rows } = await client.query('select number from committed');
  console.log(`recovered ${JSON.stringify(rows)}`);
  for (let number = 1; ; number++) {
    await client.query('insert into committed values ($1)', [number]);
    console.log(`committed ${number}`);
  }
}

main().catch((error: unknown) => {
  console.log(`failed ${String((error as Error).stack ?? error)}`);
  process.exit(1);
});
