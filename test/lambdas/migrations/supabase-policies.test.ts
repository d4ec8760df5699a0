/** Policies as they come out of Supabase projects, unchanged: who sees and may write what, by Landfall's doors. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Database,
  openMaintenanceDatabase,
  type SystemDatabase,
} from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';

const policies = readFileSync(path.resolve(__dirname, '../../support/supabase-policies.sql'), 'utf8');

/** What Landfall asks of its own tables: the owner is subject to policies too, and has one for its helpers. */
const forced = `do $$ declare v_table regclass; begin
  for v_table in select oid from pg_class where relnamespace in ('club'::regnamespace, 'storage'::regnamespace) and relkind = 'r' loop
    execute format('alter table %s force row level security', v_table);
    execute format('create policy owner on %s to migrator using (true) with check (true)', v_table);
  end loop;
end $$`;

type Name = 'alice' | 'bob' | 'admin' | 'moderator';

const identities: Readonly<Record<Name, Identity>> = {
  alice: { issuer: 'https://issuer.example', subject: 'alice', email: 'alice@example.com' },
  bob: { issuer: 'https://issuer.example', subject: 'bob', email: 'bob@example.com' },
  admin: {
    issuer: 'https://issuer.example',
    subject: 'admin',
    email: 'admin@example.com',
    claims: { app_metadata: { role: 'admin' } },
  },
  moderator: { issuer: 'https://issuer.example', subject: 'moderator' },
};

describe.each([
  ['as copied', ''],
  ['with row-level security forced', forced],
])('policies %s', (_, more) => {
  let test: TestDatabase;
  let database: Database;
  let service: SystemDatabase;
  let ids: Record<Name, string>;

  beforeAll(async () => {
    test = await startTestDatabase();
    const { database: name } = test.target('owner');
    await test.admin.query(`grant create on database ${name} to migrator`);
    await test.admin.query(`begin; set local role migrator; ${policies}; ${more}; commit`);
    database = test.open();
    service = openMaintenanceDatabase(async () => test.target('maintenance'));
    const entries = (Object.keys(identities) as Name[]).map(
      async (who) => [who, await database.withUser(identities[who], async (tx) => tx.userId)] as const,
    );
    ids = Object.fromEntries(await Promise.all(entries)) as Record<Name, string>;
  });

  afterAll(async () => {
    await service.close();
    await test.close();
  });

  /** The first column of what this user sees. */
  const sees = async (who: Name, text: string): Promise<unknown[]> =>
    (await database.withUser(identities[who], { text })).map((row) => Object.values(row)[0]);

  /** How many rows this user's statement changed. */
  const changes = (who: Name, text: string, values: readonly unknown[] = []): Promise<number> =>
    database.withUser(identities[who], async (tx) => {
      return (await tx.query(`${text} returning 1`, values)).length;
    });

  const refused = 'row-level security';

  /** Past every policy. */
  const arrange = async (text: string, values: readonly unknown[] = []) =>
    (await test.admin.query(text, [...values])).rows;

  /** As nobody in particular: PostgREST's role for requests without a token. */
  async function anonymous(text: string): Promise<unknown[]> {
    await test.admin.query('begin');
    await test.admin.query('set local role anon');
    try {
      return (await test.admin.query(text)).rows.map((row) => Object.values(row)[0]);
    } finally {
      await test.admin.query('rollback');
    }
  }

  describe('of own rows', () => {
    it('let users insert, see, change and delete their own', async () => {
      expect(await changes('alice', `insert into club.todos (title) values ('hers')`)).toBe(1);
      expect(await changes('bob', `insert into club.todos (title) values ('his')`)).toBe(1);
      expect(await sees('alice', 'select title from club.todos')).toEqual(['hers']);
      expect(await sees('bob', 'select title from club.todos')).toEqual(['his']);
      expect(await changes('alice', 'update club.todos set is_complete = true')).toBe(1);
      expect(await changes('alice', 'delete from club.todos')).toBe(1);
      expect(await arrange('select title from club.todos')).toEqual([{ title: 'his' }]);
    });

    it('let nobody write for somebody else, nor hand a row over', async () => {
      await expect(
        changes('alice', `insert into club.todos (title, user_id) values ('planted', $1)`, [ids.bob]),
      ).rejects.toThrow(refused);
      await changes('alice', `insert into club.todos (title) values ('hers')`);
      await expect(changes('alice', 'update club.todos set user_id = $1', [ids.bob])).rejects.toThrow(
        refused,
      );
    });

    it('show nothing to a request without a token and nothing to the service role', async () => {
      expect(await anonymous('select title from club.todos')).toEqual([]);
      expect(await service.transaction((query) => query('select title from club.todos'))).toEqual([]);
    });
  });

  describe('with the identity as a subquery, and public read', () => {
    it('let users change their own profile, and everybody read all', async () => {
      for (const who of ['alice', 'bob'] as const)
        await changes(who, 'insert into club.profiles (id, username) values ($1, $2)', [ids[who], who]);
      expect(await changes('alice', `update club.profiles set website = 'https://example.com'`)).toBe(1);
      await expect(
        changes('alice', 'insert into club.profiles (id) values ($1)', [ids.admin]),
      ).rejects.toThrow(refused);
      expect(await sees('bob', 'select username from club.profiles order by 1')).toEqual(['alice', 'bob']);
      expect(await anonymous('select username from club.profiles order by 1')).toEqual(['alice', 'bob']);
      expect(await anonymous('update club.profiles set website = null returning 1')).toEqual([]);
    });
  });

  it('that ask for the role authenticated show drafts to their author, and to the public what is published', async () => {
    await changes(
      'alice',
      `insert into club.posts (author_id, title, published) values ($1, 'news', true), ($1, 'draft', false)`,
      [ids.alice],
    );
    const titles = 'select title from club.posts order by 1';
    expect(await sees('alice', titles)).toEqual(['draft', 'news']);
    expect(await sees('bob', titles)).toEqual(['news']);
    expect(await anonymous(titles)).toEqual(['news']);
    expect(await changes('bob', 'delete from club.posts')).toBe(0);
  });

  describe('of membership', () => {
    beforeAll(async () => {
      await arrange(`insert into club.teams (id, name) values (1, 'red'), (2, 'blue')`);
      await arrange(
        `insert into club.team_members values (1, $1, 'admin'), (1, $3, 'member'), (2, $2, 'member')`,
        [ids.alice, ids.bob, ids.admin],
      );
      await arrange(`insert into club.team_notes (team_id, body) values (1, 'red note'), (2, 'blue note')`);
    });

    it('show a team by join, and its members and notes by a helper that runs as the owner', async () => {
      expect(await sees('alice', 'select name from club.teams')).toEqual(['red']);
      expect(await sees('bob', 'select name from club.teams')).toEqual(['blue']);
      expect(await sees('moderator', 'select name from club.teams')).toEqual([]);
      expect(await sees('alice', 'select count(*)::int from club.team_members')).toEqual([2]);
      expect(await sees('bob', 'select count(*)::int from club.team_members')).toEqual([1]);
      expect(await sees('alice', 'select body from club.team_notes')).toEqual(['red note']);
      expect(await sees('moderator', 'select body from club.team_notes')).toEqual([]);
    });

    it('let the admin of a team write, and neither a member nor the admin of another', async () => {
      const note = 'insert into club.team_notes (team_id, body) values ($1, $2)';
      expect(await changes('alice', note, [1, 'more'])).toBe(1);
      await expect(changes('admin', note, [1, 'mine'])).rejects.toThrow(refused);
      await expect(changes('alice', note, [2, 'theirs'])).rejects.toThrow(refused);
    });
  });

  describe('by role', () => {
    it('open to the admin of the token what a user may only add to', async () => {
      const file = `insert into club.reports (user_id, reason) values ($1, 'spam')`;
      await database.withUser(identities.alice, (tx) => tx.query(file, [ids.alice]));
      expect(await sees('alice', 'select reason from club.reports')).toEqual([]);
      expect(await sees('admin', 'select reason from club.reports')).toEqual(['spam']);
      expect(await changes('bob', 'delete from club.reports')).toBe(0);
      expect(await changes('admin', 'delete from club.reports')).toBe(1);
    });

    it('of a table let a moderator delete what others may only read', async () => {
      await arrange(`insert into club.user_roles (user_id, role) values ($1, 'moderator')`, [ids.moderator]);
      const say = 'insert into club.messages (user_id, body) values ($1, $2)';
      for (const body of ['one', 'two']) await changes('alice', say, [ids.alice, body]);
      await expect(changes('bob', say, [ids.alice, 'forged'])).rejects.toThrow(refused);
      expect(await sees('bob', 'select body from club.messages order by 1')).toEqual(['one', 'two']);
      expect(await anonymous('select body from club.messages')).toEqual([]);
      expect(await changes('bob', `delete from club.messages where body = 'one'`)).toBe(0);
      expect(await changes('moderator', `delete from club.messages where body = 'one'`)).toBe(1);
      expect(await changes('alice', 'delete from club.messages')).toBe(1);
    });

    it('show a user their own roles only', async () => {
      expect(await sees('moderator', 'select role from club.user_roles')).toEqual(['moderator']);
      expect(await sees('alice', 'select role from club.user_roles')).toEqual([]);
    });
  });

  describe('of the service role', () => {
    it('let maintenance in, and no user, not even an admin', async () => {
      await service.transaction((query) => query(`insert into club.stripe_events (id) values ('evt_1')`));
      expect(await service.transaction((query) => query('select id from club.stripe_events'))).toEqual([
        { id: 'evt_1' },
      ]);
      for (const who of ['alice', 'admin'] as const) {
        expect(await sees(who, 'select id from club.stripe_events')).toEqual([]);
        await expect(changes(who, `insert into club.stripe_events (id) values ('evt_2')`)).rejects.toThrow(
          refused,
        );
      }
    });

    it('let maintenance in by what the token’s role would say', async () => {
      const rows = await service.transaction((query) =>
        query('insert into club.jobs (user_id) values ($1), ($2) returning status', [ids.alice, ids.bob]),
      );
      expect(rows).toHaveLength(2);
      expect(await sees('alice', 'select user_id from club.jobs')).toEqual([ids.alice]);
      expect(await changes('alice', `update club.jobs set status = 'done'`)).toBe(0);
      const done = await service.transaction((query) =>
        query(`update club.jobs set status = 'done' returning id`),
      );
      expect(done).toHaveLength(2);
    });
  });

  it('by address show an invitation to whom it was sent to', async () => {
    await arrange(`insert into club.invitations (email) values ('alice@example.com'), ('boss@example.com')`);
    const addresses = 'select email from club.invitations';
    expect(await sees('alice', addresses)).toEqual(['alice@example.com']);
    expect(await sees('moderator', addresses)).toEqual([]);
    const pretender: Identity = {
      issuer: 'https://issuer.example',
      subject: 'pretender',
      email: 'boss@example.com',
      claims: { email_verified: false },
    };
    expect(await database.withUser(pretender, { text: addresses })).toEqual([]);
    expect(await changes('bob', 'delete from club.invitations')).toBe(0);
    expect(await changes('alice', 'delete from club.invitations')).toBe(1);
  });

  it('that restrict take away what others give', async () => {
    for (const who of ['alice', 'admin'] as const)
      await changes(who, `insert into club.vault (user_id, secret) values ($1, $2)`, [ids[who], who]);
    await arrange(`insert into club.vault (user_id, secret, archived) values ($1, 'old', true)`, [ids.alice]);
    expect(await sees('alice', 'select secret from club.vault')).toEqual(['alice']);
    expect(await changes('alice', `update club.vault set secret = 'changed'`)).toBe(0);
    expect(await changes('admin', `update club.vault set secret = 'changed'`)).toBe(1);
  });

  describe('of files', () => {
    const add = 'insert into storage.objects (bucket_id, name) values ($1, $2)';

    it('let users into their own folder, and everybody see public buckets', async () => {
      expect(await changes('alice', add, ['documents', `${ids.alice}/cv.pdf`])).toBe(1);
      await arrange(add, ['avatars', 'alice.png']);
      const names = 'select name from storage.objects order by bucket_id';
      expect(await sees('alice', names)).toEqual(['alice.png', `${ids.alice}/cv.pdf`]);
      expect(await sees('bob', names)).toEqual(['alice.png']);
      expect(await anonymous(names)).toEqual(['alice.png']);
    });

    it.each([
      ['in the folder of somebody else', () => ['documents', `${ids.bob}/cv.pdf`]],
      ['without a folder', () => ['documents', 'cv.pdf']],
      ['of another kind', () => ['documents', `${ids.alice}/cv.exe`]],
      ['in another bucket', () => ['avatars', `${ids.alice}/cv.pdf`]],
    ])('refuse a file %s', async (__, file) => {
      await expect(changes('alice', add, file())).rejects.toThrow(refused);
    });

    it('let users delete their own files only', async () => {
      expect(await changes('bob', `delete from storage.objects where bucket_id = 'documents'`)).toBe(0);
      expect(await changes('alice', `delete from storage.objects where bucket_id = 'documents'`)).toBe(1);
    });
  });
});
