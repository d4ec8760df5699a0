import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { DocumentsApi } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';

/** Many users with many texts, and one with more than any of them. */
const users = 200;
const textsOfEach = 20;
const textsOfOne = 2_000;

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
const person: Identity = { issuer: 'https://issuer.example', subject: 'collector' };
let userId: string;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new DocumentsApi(database, bucket);
  userId = await api.deps.database.withUser(person, async (tx) => tx.userId);
  await database.admin.query(
    'insert into landfall.users (id) select gen_random_uuid() from generate_series(1, $1)',
    [users],
  );
  await database.admin.query(
    `with owner as (select id, row_number() over (order by id) as n from landfall.users where id <> $1),
     file as (
       select gen_random_uuid() as id, coalesce(o.id, $1) as user_id, i
       from generate_series(1, $2::integer + $3::integer) i left join owner o on o.n = i % $4 + 1 and i <= $2),
     document as (
       insert into landfall.documents
         (id, user_id, type, name, file_name, mime_type, size, object_key, created_at, updated_at)
       select id, user_id, 'other', 'Document ' || i, i || '.pdf', 'application/pdf', 10,
         'users/' || user_id || '/others/' || id, now(), now() from file returning id, user_id, name)
     insert into landfall.document_texts
       (document_id, user_id, content, language, search, searchable_characters, created_at)
     select id, user_id, text, 'en', s.search, s.searchable_characters, now()
     from (select *, 'everybody says this word, and this one says ' || translate(name, ' ', '') as text from document) d,
       landfall.text_search('en', d.text, d.text) s`,
    [userId, users * textsOfEach, textsOfOne, users],
  );
  await database.admin.query('vacuum analyze landfall.documents, landfall.document_texts');
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

const planOf = async (role: string, sql: string, ...values: unknown[]): Promise<string> => {
  const { admin } = database;
  await admin.query(`begin; set local role ${role}`);
  await admin.query(`select set_config('landfall.user_id', $1, true)`, [userId]);
  const { rows } = await admin.query(`explain ${sql}`, values);
  await admin.query('rollback');
  return rows.map((row) => row['QUERY PLAN']).join('\n');
};

const rare = `to_tsquery('simple', 'document4001')`;

it('finds a rare word by the index of all words', async () => {
  // As in matching_texts(): its owner's policy is true for every row, so nothing has to come before the index.
  const sql = `select document_id from landfall.document_texts where user_id = '${userId}' and search @@ ${rare}`;
  expect(await planOf('migrator', sql)).toMatch(/Bitmap Index Scan on document_texts_search/);
});

it('would read all texts of the user if the policy had to come first, which is why there is matching_texts()', async () => {
  const sql = `select document_id from landfall.document_texts where search @@ ${rare}`;
  expect(await planOf('app', sql)).not.toMatch(/document_texts_search/);
});

it('uses that index for a search of the API', async () => {
  const scans = async () => {
    const { rows } = await database.admin.query(
      `select idx_scan::int as n from pg_stat_user_indexes where indexrelname = 'document_texts_search'`,
    );
    return rows[0].n as number;
  };
  const before = await scans();
  const { body } = await api.search(person, 'document4001');
  expect(body.items).toHaveLength(1);
  // Statistics of a session are shown a second after its transaction, or when it ends.
  await api.deps.database.close();
  for (let tries = 0; tries < 100 && (await scans()) === before; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await scans()).toBeGreaterThan(before);
});

it('answers a word that thousands of texts have well within the limit of a statement', async () => {
  const fresh = new DocumentsApi(database, bucket);
  const { status, body } = await fresh.search(person, 'everybody', { limit: '50' });
  expect(status).toBe(200);
  expect(body.items).toHaveLength(50);
});
