import { randomUUID } from 'node:crypto';
import type { ExtractedText } from '../../../lambdas/extraction/extraction';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument, insertText } from '../../support/documents';
import { DocumentsApi } from '../../support/documents-api';
import { startTestBucket, type TestBucket } from '../../support/object-store';

let database: TestDatabase;
let bucket: TestBucket;
let api: DocumentsApi;
let people = 0;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  api = new DocumentsApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
});

type Options = Omit<Parameters<typeof insertDocument>[1], 'userId'>;

/** Somebody whom no other test knows, and a way to give them documents. */
async function newPerson() {
  const identity: Identity = { issuer: 'https://issuer.example', subject: `person-${people++}` };
  const userId = await api.deps.database.withUser(identity, async (tx) => tx.userId);
  return {
    identity,
    userId,
    add: async (text?: string | Partial<ExtractedText>, options: Options = {}) => {
      const id = await insertDocument(database.admin, { userId, ...options });
      if (text !== undefined) await insertText(database.admin, { id, userId }, text);
      return id;
    },
  };
}

async function found(identity: Identity, q: string, query: Record<string, string> = {}): Promise<string[]> {
  const { status, body } = await api.search(identity, q, query);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.items.map((item: { document: { id: string } }) => item.document.id);
}

describe('what is found', () => {
  it('are words in any of their forms, by the rules of the language of the text', async () => {
    const { identity, add } = await newPerson();
    const english = await add('She was running three marathons.');
    const german = await add({ text: 'Die Häuser standen leer.', language: 'de' });
    const unknown = await add({ text: 'Zebrafish danio', language: null });
    expect(await found(identity, 'run marathon')).toEqual([english]);
    expect(await found(identity, 'Haus')).toEqual([german]);
    expect(await found(identity, 'ZEBRAFISH')).toEqual([unknown]);
    expect(await found(identity, 'giraffe')).toEqual([]);
  });

  it('are words with and without their accents', async () => {
    const { identity, add } = await newPerson();
    const text = await add({ text: 'Mon résumé, Łódź et São Paulo', language: 'fr' });
    for (const q of ['resume', 'RÉSUMÉ', 're\u0301sume\u0301', 'sao paulo']) {
      expect(await found(identity, q)).toEqual([text]);
    }
  });

  it('are names and names of files, also while there is no text', async () => {
    const { identity, add } = await newPerson();
    const named = await add(undefined, { name: 'Contract with Acme', status: 'processing' });
    const filed = await add('Nothing of that kind', { fileName: 'acme_offer-2026.pdf' });
    expect((await found(identity, 'acme')).sort()).toEqual([named, filed].sort());
    expect(await found(identity, 'offer 2026')).toEqual([filed]);
  });

  it('follows quotes, or, and a minus', async () => {
    const { identity, add } = await newPerson();
    const both = await add('event driven systems in java');
    const one = await add('event driven systems in rust');
    const apart = await add('driven by every event');
    expect((await found(identity, '"event driven"')).sort()).toEqual([both, one].sort());
    expect((await found(identity, '"event driven" -java')).sort()).toEqual([one]);
    expect((await found(identity, 'rust or every')).sort()).toEqual([one, apart].sort());
  });

  it('is nothing that was deleted', async () => {
    const { identity, add } = await newPerson();
    await add('tombstone', { deletedAt: new Date() });
    expect(await found(identity, 'tombstone')).toEqual([]);
  });

  it('never belongs to somebody else', async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    const own = await stranger.add('a secret of the stranger');
    const id = await owner.add('the secret of the owner', { name: 'Secret plan', fileName: 'secret.pdf' });
    expect(await found(stranger.identity, 'secret')).toEqual([own]);
    expect(await found(stranger.identity, 'owner or plan or secret')).toEqual([own]);
    expect(await found(owner.identity, 'secret')).toEqual([id]);
  });

  it('of a text with more words than an index entry holds is what its beginning says', async () => {
    const { identity, add } = await newPerson();
    const words = Array.from({ length: 60_000 }, () => randomUUID().replaceAll('-', '').slice(0, 16));
    const id = await add({ text: `beginning ${words.join(' ')} ending`, language: 'en' });
    expect(await found(identity, 'beginning')).toEqual([id]);
    expect(await found(identity, 'ending')).toEqual([]);
    const { rows } = await database.admin.query(
      `select searchable_characters, length(content) as length from landfall.document_texts where document_id = $1`,
      [id],
    );
    expect(rows[0].searchable_characters).toBeGreaterThan(200_000);
    expect(rows[0].searchable_characters).toBeLessThan(rows[0].length);
  });

  it('of a long text with few different words is all that it says, phrases as they are included', async () => {
    const { identity, add } = await newPerson();
    const id = await add(`${'the quick fox jumped over a lazy dog. '.repeat(25_000)}the very last phrase`);
    expect(await found(identity, 'last')).toEqual([id]);
    expect(await found(identity, '"quick fox jumped"')).toEqual([id]);
  });
});

it('is looked up by a function that answers no id of others, whoever calls it', async () => {
  const [owner, stranger] = [await newPerson(), await newPerson()];
  const id = await owner.add('uncommonword');
  const matching = (identity: Identity) =>
    api.deps.database.withUser<{ id: string }>(identity, {
      text: `select m as id from landfall.matching_texts('uncommonword') m`,
    });
  expect(await matching(stranger.identity)).toEqual([]);
  expect(await matching(owner.identity)).toEqual([{ id }]);
});

describe('the order', () => {
  it('puts a name before a text, and a text that says it more often before one that says it once', async () => {
    const { identity, add } = await newPerson();
    const filler = 'Lorem ipsum dolor sit amet. '.repeat(20);
    const once = await add(`${filler} kubernetes ${filler}`);
    const often = await add(`kubernetes ${filler} kubernetes kubernetes ${filler}`);
    const named = await add(filler, { name: 'Kubernetes' });
    expect(await found(identity, 'kubernetes')).toEqual([named, often, once]);
  });

  it('goes through all that matches once, page by page, also when all match equally', async () => {
    const { identity, add } = await newPerson();
    for (let n = 0; n < 7; n++) await add(n < 5 ? 'an equal match' : 'a match, another match');
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const { body } = await api.search(identity, 'match', { limit: '3', ...(cursor && { cursor }) });
      seen.push(...body.items.map((item: { document: { id: string } }) => item.document.id));
      cursor = body.nextCursor ?? undefined;
      pages += 1;
    } while (cursor);
    expect(pages).toBe(3);
    expect(seen).toEqual(await found(identity, 'match'));
    expect(new Set(seen).size).toBe(7);
  });
});

describe('highlights', () => {
  const highlights = async (text: string | Partial<ExtractedText>, q: string) => {
    const { identity, add } = await newPerson();
    await add(text);
    return (await api.search(identity, q)).body.items[0].highlights;
  };

  it('are the places that match, with the words in all their forms', async () => {
    expect(await highlights('She ran and was running fast.\f\nNext page.', 'running')).toEqual([
      [
        { text: 'She ran and was ', match: false },
        { text: 'running', match: true },
        { text: ' fast. Next page', match: false },
      ],
    ]);
  });

  it('are several places of a long text', async () => {
    const filler = 'Lorem ipsum dolor sit amet. '.repeat(30);
    const places = await highlights(`start needle ${filler} middle needle ${filler} end`, 'needle');
    expect(places.length).toBe(2);
    for (const place of places) {
      expect(place.filter(({ match }: { match: boolean }) => match)).toEqual([
        { text: 'needle', match: true },
      ]);
    }
  });

  it('are found far down in a long text', async () => {
    const places = await highlights(
      `${'hay '.repeat(40_000)} a needle in it ${'hay '.repeat(40_000)}`,
      'needle',
    );
    expect(places[0]).toContainEqual({ text: 'needle', match: true });
  });

  it('are of any of the words that are looked for, and of none that is unwanted', async () => {
    const [place] = await highlights('event driven systems, and bare metal', '"event driven" or metal -java');
    const marked = place.filter(({ match }: { match: boolean }) => match);
    expect(marked.map(({ text }: { text: string }) => text)).toEqual(['event', 'driven', 'metal']);
  });

  it('of texts that say nothing but the words cost no more time than a statement has', async () => {
    const { identity, add } = await newPerson();
    for (let n = 0; n < 10; n++) await add('a b '.repeat(15_000));
    for (const q of ['a b a b', `"${'a b '.repeat(20)}"`, '"a b a" or "b a b" or "a b a b"']) {
      const { status, body } = await api.search(identity, q);
      expect({ q, status, found: body.items?.length }).toEqual({ q, status: 200, found: 10 });
    }
  });

  it('cannot be made by a text: markup stays text, and marks of our own are taken out', async () => {
    const hostile =
      'needle <mark>fake</mark> <script>alert(1)</script> \u0002fake\u0003 \u0004 <b>StartSel</b> &lt;';
    const [place, ...more] = await highlights(hostile, 'needle');
    expect(more).toEqual([]);
    expect(place.filter(({ match }: { match: boolean }) => match)).toEqual([{ text: 'needle', match: true }]);
    expect(JSON.stringify(place)).not.toMatch(/\\u000[234]/);
  });

  it('are none where only the name matches, or a place that is far down', async () => {
    const { identity, add } = await newPerson();
    await add('nothing', { name: 'needle' });
    await add(`${'hay '.repeat(55_000)} needle`);
    const { body } = await api.search(identity, 'needle');
    expect(body.items.map((item: { highlights: unknown }) => item.highlights)).toEqual([[], []]);
  });
});

describe('a query', () => {
  it.each([
    ['nothing', {}],
    ['an empty text', { q: '' }],
    ['blanks', { q: '  ' }],
    ['punctuation', { q: '"-!?"' }],
    ['what is invisible', { q: '\u200b\u0000' }],
    ['only what is absent', { q: '-word -"two words"' }],
    ['more than 200 characters', { q: 'a'.repeat(201) }],
    ['no documents a page', { q: 'word', limit: '0' }],
    ['more than 50 a page', { q: 'word', limit: '51' }],
    ['an unknown parameter', { q: 'word', sort: 'name' }],
    ['a cursor of somebody else’s making', { q: 'word', cursor: 'abc' }],
    [
      'a cursor with SQL in it',
      { q: 'word', cursor: Buffer.from(`1 or true_${randomUUID()}_0000000000000000`).toString('base64url') },
    ],
  ])('for %s is refused', async (_, query) => {
    const { identity } = await newPerson();
    const answer = await api.call({ method: 'GET', resource: '/documents/search', query, identity });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request' } } });
  });

  it('takes no cursor of another query', async () => {
    const { identity, add } = await newPerson();
    for (let n = 0; n < 2; n++) await add('first second');
    const { body } = await api.search(identity, 'first', { limit: '1' });
    expect(body.nextCursor).toEqual(expect.any(String));
    expect(await api.search(identity, 'second', { cursor: body.nextCursor })).toMatchObject({ status: 400 });
  });

  it.each([
    "'); drop table x; --",
    'a & b | !c',
    '((((',
    "it's",
    '\\',
    'a:*',
    '"unclosed phrase',
    '%',
    '<->',
    'or or or',
    '👩‍💻 x',
  ])('such as %s is no syntax of anything', async (q) => {
    const { identity, add } = await newPerson();
    await add('a b c it x');
    expect([200, 400]).toContain((await api.search(identity, q)).status);
  });
});
