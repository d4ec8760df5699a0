/** The text of documents on the engine of the local runtime: what its worker writes, and what a search finds. */
import { searchPage } from '../../../../lambdas/documents/search-queries';
import { saveText } from '../../../../lambdas/documents-worker/queries';
import { readSql, sessionOf } from '../../../../lambdas/migrations/handler';
import { migrate } from '../../../../lambdas/migrations/migrate';
import { parseMigrations } from '../../../../lambdas/migrations/plan';
import type { Target } from '../../../../lambdas/shared/connection';
import {
  type Database,
  openDatabase,
  openWorkerDatabase,
  type SystemDatabase,
} from '../../../../lambdas/shared/database';
import { sqlDirectory } from '../../../support/database';
import { insertDocument } from '../../../support/documents';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test';

const person = { issuer: 'https://issuer.example', subject: 'somebody' };
let fixture: ServerUnderTest;
let database: Database;
let worker: SystemDatabase;

const target = (user: string) => async (): Promise<Target> => ({
  host: 'localhost',
  port: fixture.server.port,
  database: 'landfall',
  user,
  password: `${user}-secret`,
  ca: fixture.certificates.ca,
});

beforeAll(async () => {
  fixture = await startServerUnderTest();
  const owner = await fixture.connect('landfall');
  await migrate(sessionOf(owner), parseMigrations(await readSql(sqlDirectory)));
  database = openDatabase(target('app'));
  worker = openWorkerDatabase(target('worker'));
});

afterAll(async () => {
  await Promise.all([database.close(), worker.close()]);
  await fixture.close();
});

/** A document whose text the worker keeps, twice: the second time in place of the first. */
async function documentWith(text: string, language: string | null): Promise<string> {
  const { id, userId } = await database.withUser(person, async (tx) => {
    // The application may not set what belongs to the worker.
    const id = await insertDocument(
      {
        query: (sql, values) =>
          tx.query(
            sql.replace(/,\s*object_version, status, failure\)/, ')').replace(/, 'v1', \$10, \$11\)/, ')'),
            values.slice(0, 9),
          ),
      },
      { userId: tx.userId },
    );
    return { id, userId: tx.userId };
  });
  const found = { text, language, pages: 1, metadata: { title: 'T' }, truncated: false };
  for (const each of [{ ...found, text: 'an earlier text' }, found]) {
    await worker.transaction((query) =>
      saveText(query, { id, user_id: userId, object_key: '' }, each, new Date()),
    );
  }
  return id;
}

const search = async (words: string): Promise<{ id: string; headline: string | null }[]> =>
  database.withUser(person, searchPage({ words, shown: words, limit: 20, after: undefined }));

test('texts are found by the rules of their languages, and the places are marked', async () => {
  const english = await documentWith('She was running three marathons.', 'en');
  const german = await documentWith('Die Häuser standen leer.', 'de');
  const none = await documentWith('Zebrafish résumé', null);
  expect((await search('run')).map(({ id }) => id)).toEqual([english]);
  expect((await search('Haus')).map(({ id }) => id)).toEqual([german]);
  expect((await search('resume')).map(({ id }) => id)).toEqual([none]);
  expect(await search('earlier')).toEqual([]);
  expect((await search('run'))[0]?.headline).toContain('\u0002running\u0003');
});

test('a text with more words than an index entry holds is found by its beginning', async () => {
  const words = Array.from({ length: 60_000 }, (_, n) => `w${n.toString(36).padStart(14, 'x')}`).join(' ');
  const id = await documentWith(`beginning ${words} ending`, 'en');
  expect((await search('beginning')).map((found) => found.id)).toEqual([id]);
  expect(await search('ending')).toEqual([]);
});

test('the languages that have rules of their own are those of the server in the cloud', async () => {
  const configurations = await database.withUser<{ language: string; name: string }>(person, {
    text: `select language, landfall.search_configuration(language)::text as name
           from unnest($1::text[]) language order by 1`,
    values: [
      [
        'ar',
        'ca',
        'da',
        'de',
        'el',
        'en',
        'es',
        'et',
        'eu',
        'fi',
        'fr',
        'ga',
        'hi',
        'hu',
        'hy',
        'id',
        'it',
        'ja',
        'lt',
        'ne',
        'nl',
        'no',
        'pl',
        'pt',
        'ro',
        'ru',
        'sr',
        'sv',
        'ta',
        'tr',
        'uk',
        'yi',
        'zh',
        'x; drop',
      ],
    ],
  });
  const simple = configurations.filter(({ name }) => name === 'simple').map(({ language }) => language);
  // Postgres has no rules for these.
  expect(simple).toEqual(['ja', 'pl', 'uk', 'x; drop', 'zh']);
});
