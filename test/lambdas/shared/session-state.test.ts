/** Whether the functions leave state on a connection, judged by what they send over the wire. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { sweep } from '../../../lambdas/files-sweep/sweep';
import { openDatabase, openMaintenanceDatabase } from '../../../lambdas/shared/database';
import { openIdentityDatabase } from '../../../lambdas/shared/identity-database';
import { ensureCertificates } from '../../../scripts/local/certificates';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { DocumentsApi, postForm } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { minimalPdf } from '../../support/office-file';
import { pinning, pinningInSource } from '../../support/session-state';
import { type StatementProxy, startStatementProxy } from '../../support/statement-proxy';

let test: TestDatabase;
let bucket: TestBucket;
let proxy: StatementProxy;

const person = { issuer: 'https://issuer.example', subject: 'somebody', claims: { groups: ['admin'] } };

beforeAll(async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-statements-'));
  const certificates = await ensureCertificates(directory);
  await rm(directory, { recursive: true });
  [test, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  proxy = await startStatementProxy(test.target('app'), certificates);
});

beforeEach(() => {
  proxy.traffic.startups.length = 0;
  proxy.traffic.statements.length = 0;
});

afterAll(async () => {
  await proxy.close();
  await Promise.all([test.close(), bucket.close()]);
});

const through = (user: 'app' | 'maintenance' | 'identity') => async () => proxy.through(test.target(user));

const sent = () => proxy.traffic.statements.map(({ text }) => text);

describe('what goes over the wire', () => {
  it('of the documents API holds no state of a session', async () => {
    const database = openDatabase(through('app'));
    const api = new DocumentsApi(test, bucket, { database });
    const upload = await api.createUpload(person, {}, { 'Idempotency-Key': 'once' });
    expect(upload.status).toBe(201);
    await postForm(upload.body, minimalPdf());
    expect((await api.complete(person, upload.body.id)).status).toBe(200);
    expect((await api.list(person)).body.items).toHaveLength(1);
    expect((await api.get(person, upload.body.id)).status).toBe(200);
    expect((await api.update(person, upload.body.id, { name: 'Renamed' })).status).toBe(200);
    expect((await api.download(person, upload.body.id)).status).toBe(200);
    expect((await api.delete(person, upload.body.id)).status).toBe(204);
    expect((await api.get(person, upload.body.id)).status).toBe(404);
    await database.withUser(person, { text: 'select 1 / 0' }).catch(() => undefined);
    await database.withUser(person, (tx) => tx.query('no such statement')).catch(() => undefined);
    await database.ping();
    await database.close();
    expect(sent()).toContain('begin');
    expect(sent()).toContain('rollback');
    expect(sent().filter((text) => text.includes('landfall.identify')).length).toBeGreaterThan(8);
    expect(proxy.traffic.startups).toHaveLength(1);
    expect(pinning(proxy.traffic)).toEqual([]);
  });

  it('of the sweep holds none', async () => {
    const database = openMaintenanceDatabase(through('maintenance'));
    await sweep({ database, buckets: { documents: bucket.store }, clock: () => new Date() });
    await database.close();
    expect(sent().filter((text) => text.includes('delete from')).length).toBeGreaterThan(0);
    expect(pinning(proxy.traffic)).toEqual([]);
  });

  it('of the sign-in triggers holds none', async () => {
    const database = openIdentityDatabase(through('identity'));
    await database.register(person, { issuer: 'https://before.example', subject: 'somebody' });
    await database.legacyUser('user@example.com');
    await database.close();
    expect(sent().some((text) => text.includes('register_identity'))).toBe(true);
    expect(pinning(proxy.traffic)).toEqual([]);
  });
});

describe('a statement that would stay with the connection', () => {
  async function findingsOf(
    act: (client: Client) => Promise<unknown>,
    options: ClientConfig = {},
  ): Promise<string[]> {
    const { ca, ...target } = proxy.through(test.target('app'));
    const client = new Client({ ...target, ssl: { ca: ca as string }, ...options });
    await client.connect();
    await act(client).finally(() => client.end());
    return pinning(proxy.traffic);
  }

  it.each<[string, string?]>([
    [`set statement_timeout = '1s'`],
    [`set local statement_timeout = '1s'`],
    ['set role app'],
    ['reset all'],
    [`select set_config('landfall.user_id', '', false)`],
    ['listen documents'],
    ['prepare plan as select 1'],
    ['discard plans'],
    ['begin; declare cursor_of_a_session cursor with hold for select 1; commit'],
    ['create temp table scratch (id int)'],
    ['select 1 as one into temp scratch_of_select'],
    ['select pg_advisory_lock(1)'],
    ['select pg_try_advisory_lock(1)'],
    ['a text of 17,000 characters', `select '${'x'.repeat(17_000)}'`],
  ])('is noticed: %s', async (name, sql = name) => {
    // One text may hold several statements; RDS Proxy reads each.
    const statements = sql.split(/;\s*/);
    const findings = await findingsOf(async (client) => {
      for (const statement of statements) await client.query(statement);
    });
    expect(findings).toHaveLength(1);
  });

  it('is noticed when it has a name', async () => {
    const findings = await findingsOf((client) => client.query({ name: 'page', text: 'select 1' }));
    expect(findings).toEqual(['a statement named page: select 1']);
  });

  it('is noticed when it is said at the start', async () => {
    const options = { options: '-c statement_timeout=1000' };
    expect(await findingsOf((client) => client.query('select 1'), options)).toEqual([
      'a session that starts with options=-c statement_timeout=1000',
    ]);
  });

  it('is not seen in a lock that ends with its transaction', async () => {
    const findings = await findingsOf((client) =>
      client.query('begin; select pg_advisory_xact_lock(1); commit'),
    );
    expect(findings).toEqual([]);
  });
});

describe('the sources', () => {
  const root = path.resolve(__dirname, '../../../lambdas');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    // Migrations run as the owner, on a connection of their own that never goes through RDS Proxy.
    .filter((file) => file.endsWith('.ts') && !file.startsWith('migrations/'))
    // What DynamoDB is told begins with `set` as well.
    .filter((file) => file !== 'shared/dynamodb-magic-link-table.ts');
  const findingsOf = (file: string) => pinningInSource(readFileSync(path.join(root, file), 'utf8'));

  it('hold no such statement that no test has sent, but for databases that are not on RDS', () => {
    const found = Object.fromEntries(
      files.map((file) => [file, findingsOf(file)]).filter(([, findings]) => findings?.length),
    );
    expect(found).toEqual({
      'shared/connection.ts': [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the source's text
        'a setting: set local role ${this.#role}',
        'a setting: set local statement_timeout = ',
      ],
    });
  });

  it('are noticed to hold one', () => {
    const source = `await tx.query('listen documents');\nawait tx.query(\`\n  select pg_advisory_lock($1)\`, [1]);`;
    expect(pinningInSource(source)).toHaveLength(2);
  });
});
