/**
 * Whether users are kept apart. Every check runs twice: on what is shipped, where it finds nothing, and on a fault
 * made on purpose, which it must find.
 */
import type { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../support/database';
import { insertDocument } from '../support/documents';
import {
  type Check,
  foreignKeysAcrossTenants,
  functionsForEverybody,
  identityLeftBehind,
  settingsWithoutNullif,
  strongRuntimeRoles,
  tablesWithoutUserPolicy,
  unlistedOrUnpinnedDefiners,
  unprotectedTables,
  viewsWithOwnersRights,
} from '../support/isolation-checks';

let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase();
});

afterAll(() => test.close());

interface Guard {
  readonly contract: string;
  readonly check: Check;
  /** SQL that makes a fault, and the line that finds it. */
  readonly faults: Readonly<Record<string, readonly [sql: string, finding: string]>>;
}

const noteTable = 'create table landfall.notes (user_id uuid, body text, document_id uuid)';

const guards: readonly Guard[] = [
  {
    contract: 'row-level security is enabled and forced on every table with rows of users',
    check: unprotectedTables,
    faults: {
      'an unprotected table': [noteTable, 'landfall.notes has no row-level security'],
      'a table on which it is not forced': [
        `${noteTable}; alter table landfall.notes enable row level security`,
        'landfall.notes does not force row-level security',
      ],
      'a table in another schema': [
        'create schema club; create table club.members (user_id uuid)',
        'club.members has no row-level security',
      ],
      'a table that lost it': [
        'alter table landfall.documents no force row level security',
        'landfall.documents does not force row-level security',
      ],
    },
  },
  {
    contract: 'every table that the application reads has a policy by user',
    check: tablesWithoutUserPolicy,
    faults: {
      'a table without one': [`${noteTable}; grant select on landfall.notes to app`, 'landfall.notes'],
      'a policy that lets everybody in': [
        'drop policy documents_own on landfall.documents; create policy documents_all on landfall.documents to app using (true)',
        'landfall.documents',
      ],
    },
  },
  {
    contract: 'runtime roles are subject to policies, own nothing, and can become nobody else',
    check: strongRuntimeRoles,
    faults: {
      'app with BYPASSRLS': ['alter role app bypassrls', 'app ignores row-level security'],
      'identity as a superuser': ['alter role identity superuser', 'identity ignores row-level security'],
      'app as the owner of a table': [
        'alter table landfall.documents owner to app',
        'app owns landfall.documents',
      ],
      'app as the owner of a schema': ['create schema club authorization app', 'app owns schema club'],
      'app as a member of the owner': ['grant migrator to app', 'app is a member of migrator'],
      'maintenance that may become the service role': [
        'grant service_role to maintenance with set true',
        'maintenance may become service_role',
      ],
      'app that may create roles': [
        'alter role app createrole',
        'app may create roles or databases, or replicate',
      ],
    },
  },
  {
    contract: 'views run with the rights of who asks',
    check: viewsWithOwnersRights,
    faults: {
      'a view without security_invoker': [
        'create view landfall.all_documents as select * from landfall.documents',
        'landfall.all_documents',
      ],
      'a materialized view, which holds rows of everybody': [
        'create materialized view landfall.all_documents as select * from landfall.documents',
        'landfall.all_documents',
      ],
    },
  },
  {
    contract: 'functions with the rights of their owner are listed, with a pinned search_path',
    check: unlistedOrUnpinnedDefiners,
    faults: {
      'one that is not on the list': [
        `create function landfall.root() returns int language sql security definer set search_path = pg_catalog, pg_temp as 'select 1'`,
        'landfall.root() is not listed',
      ],
      'one whose search_path callers choose': [
        'alter function landfall.legacy_user(text) reset search_path',
        'landfall.legacy_user(text) has no pinned search_path',
      ],
      'one whose search_path others may write to': [
        'alter function landfall.legacy_user(text) set search_path = public, pg_temp',
        'landfall.legacy_user(text) has no pinned search_path',
      ],
      'another with the name of a listed one': [
        `create function landfall.identify(text) returns int language sql security definer as 'select 1'`,
        'landfall.identify(text) is not listed',
      ],
    },
  },
  {
    contract: 'no function can be called by everybody',
    check: functionsForEverybody,
    faults: {
      'one that is granted to public': [
        `set local role migrator; create function landfall.open_door() returns int language sql as 'select 1';
         grant execute on function landfall.open_door() to public; reset role`,
        'landfall.open_door()',
      ],
    },
  },
  {
    contract: 'whatever reads the identity copes with the empty string that is left after COMMIT',
    check: settingsWithoutNullif,
    faults: {
      'a policy without nullif': [
        `create policy careless on landfall.documents to app using (user_id = current_setting('landfall.user_id', true)::uuid)`,
        'policy careless of documents',
      ],
      'a policy that only checks what is written': [
        `create policy careless on landfall.documents for insert to app with check (user_id::text = current_setting('landfall.user_id'))`,
        'policy careless of documents',
      ],
      'a function without nullif': [
        `create or replace function auth.uid() returns uuid language sql stable as
           $$ select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid $$`,
        'function auth.uid()',
      ],
    },
  },
  {
    contract: 'foreign keys between tables of users carry the user',
    check: foreignKeysAcrossTenants,
    faults: {
      'a key by id alone': [
        `${noteTable}; alter table landfall.documents add constraint documents_id unique (id);
         alter table landfall.notes add foreign key (document_id) references landfall.documents (id)`,
        'landfall.notes by notes_document_id_fkey',
      ],
      'a key that pairs the user with something else': [
        `${noteTable}; alter table landfall.documents add constraint documents_swapped unique (id, user_id);
         alter table landfall.notes add foreign key (user_id, document_id) references landfall.documents (id, user_id)`,
        'landfall.notes by notes_user_id_document_id_fkey',
      ],
    },
  },
];

describe.each(guards)('$contract', ({ check, faults }) => {
  it('in what is shipped', async () => {
    expect(await check(test.admin)).toEqual([]);
  });

  it.each(Object.entries(faults))('and a check notices %s', async (_, [sql, finding]) => {
    await test.admin.query('begin');
    try {
      await test.admin.query(sql);
      expect(await check(test.admin)).toEqual([finding]);
    } finally {
      await test.admin.query('rollback');
    }
  });
});

describe('a foreign key', () => {
  const byUser = 'foreign key (user_id, document_id) references landfall.documents (user_id, id)';
  const byId = 'foreign key (document_id) references landfall.documents (id)';

  /** A note of one user about the document of another. */
  async function noteAboutForeignDocument(key: string): Promise<void> {
    const { admin } = test;
    const [mine, theirs] = await Promise.all([idOf('key-mine'), idOf('key-theirs')]);
    const document = await insertDocument(admin, { userId: theirs });
    await admin.query('begin');
    try {
      await admin.query(
        `set local role migrator; ${noteTable}; reset role;
         alter table landfall.documents add constraint documents_id unique (id);
         alter table landfall.notes add ${key}, enable row level security, force row level security;
         create policy own on landfall.notes to app using (user_id = landfall.current_user_id());
         grant insert on landfall.notes to app; set local role app`,
      );
      await admin.query('select landfall.identify($1, $2, null)', ['https://issuer.example', 'key-mine']);
      await admin.query('insert into landfall.notes values ($1, $2, $3)', [mine, 'mine?', document]);
    } finally {
      await admin.query('rollback');
    }
  }

  it('that carries the user refuses a row that points at the row of another user', async () => {
    await expect(noteAboutForeignDocument(byUser)).rejects.toThrow('violates foreign key constraint');
  });

  it('by id alone would let it through, because keys see past policies', async () => {
    await expect(noteAboutForeignDocument(byId)).resolves.toBeUndefined();
  });
});

describe('the identity', () => {
  let app: Client;

  beforeAll(async () => {
    app = await test.connect('app');
  });

  it('ends with its transaction', async () => {
    expect(await identityLeftBehind(app)).toEqual([]);
  });

  it.each(['landfall.user_id', 'request.jwt.claims'])(
    'that is set for the session is noticed: %s',
    async (setting) => {
      const identify = `'landfall.identify(text, text, text, jsonb)'::regprocedure`;
      const { rows } = await test.admin.query(`select pg_get_functiondef(${identify}) as shipped`);
      const shipped: string = rows[0].shipped;
      const faulty = shipped.replace(new RegExp(`(set_config\\('${setting}', [^;]*), true\\)`), '$1, false)');
      expect(faulty).not.toBe(shipped);
      await test.admin.query(faulty);
      try {
        expect(await identityLeftBehind(app)).toEqual([setting]);
      } finally {
        await test.admin.query(shipped);
      }
      expect(await identityLeftBehind(app)).toEqual([]);
    },
  );
});

async function idOf(subject: string): Promise<string> {
  const { rows } = await test.admin.query('select landfall.identify($1, $2, null) as id', [
    'https://issuer.example',
    subject,
  ]);
  return rows[0].id;
}
