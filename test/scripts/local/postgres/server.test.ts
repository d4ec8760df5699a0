import { connect as connectPlain, type Socket } from 'node:net';
import { Client } from 'pg';
import {
  copyFail,
  message,
  simpleQuery,
  syncMessage,
  type,
} from '../../../../scripts/local/postgres/protocol';
import { errorOf, pause, type ServerUnderTest, startServerUnderTest } from './server-under-test';
import { bind, cancel, execute, flush, parse, Wire } from './wire';

let fixture: ServerUnderTest;

beforeAll(async () => {
  fixture = await startServerUnderTest({ maxConnections: 12, idleInTransactionMs: 1500 });
  const master = await fixture.connect('landfall');
  await master.query(`
    create role app login; create role maintenance login; grant rds_iam to app, maintenance;
    create role "Odd "" role" login; create role nobody nologin;
    create table account (id int primary key, owner text not null, balance int not null);
    insert into account values (1, 'a', 100), (2, 'b', 100), (3, 'a', 50);
    alter table account enable row level security; alter table account force row level security;
    create policy own on account using (owner = nullif(current_setting('landfall.user_id', true), ''));
    create policy master on account to landfall using (true);
    create table entry (client int, number int, value text);
    grant select, insert, update, delete on account, entry to app;
    grant select on account to maintenance;
    alter role maintenance set search_path = 'pg_catalog'`);
  await fixture.disconnectAll();
});

afterEach(async () => {
  await fixture.disconnectAll();
  if (fixture.log.length) console.log(fixture.log.join('\n'));
});
afterAll(() => fixture.close());

describe('logins', () => {
  test('a role logs in as itself and is no superuser', async () => {
    for (const user of ['landfall', 'app', 'Odd " role']) {
      const client = await fixture.connect(user);
      const { rows } = await client.query(
        `select session_user, current_user, current_database() as db, current_setting('is_superuser') as super`,
      );
      expect(rows).toEqual([{ session_user: user, current_user: user, db: 'landfall', super: 'off' }]);
    }
  });

  test('the master may create roles and databases objects, and has the extensions', async () => {
    const master = await fixture.connect('landfall');
    await master.query('create extension if not exists postgis');
    await master.query('create extension if not exists vector');
    const { rows } = await master.query(
      `select st_x('point(3 4)'::geometry) as x, '[1,2]'::vector <-> '[1,4]'::vector as distance,
         encode(digest('a', 'sha256'), 'hex') as hash, rolcreaterole, rolcreatedb, rolsuper
       from pg_roles where rolname = current_user`,
    );
    expect(rows[0]).toMatchObject({
      x: 3,
      distance: 2,
      rolcreaterole: true,
      rolcreatedb: true,
      rolsuper: false,
    });
    expect((await errorOf(master.query('create extension file_fdw'))).code).not.toBeUndefined();
    expect((await errorOf(master.query('select * from pg_authid'))).code).toBe('42501');
  });

  test.each([
    [
      'a wrong password',
      { password: 'guess' },
      '28P01',
      'password authentication failed for user "landfall"',
    ],
    ['an unknown role', { user: 'ghost', password: 'ghost-secret' }, '28000', 'role "ghost" does not exist'],
    [
      'a role without login',
      { user: 'nobody', password: 'nobody-secret' },
      '28000',
      'role "nobody" is not permitted to log in',
    ],
    ['an unknown database', { database: 'postgres' }, '3D000', 'database "postgres" does not exist'],
    [
      'a bad token',
      { user: 'app', password: 'stale token' },
      '28P01',
      'PAM authentication failed for user "app"',
    ],
  ])('%s is refused as RDS refuses it', async (_, options, code, text) => {
    const error = await errorOf(new Client(fixture.config('landfall', options)).connect());
    expect([error.code, error.message]).toEqual([code, text]);
  });

  test('a connection without TLS is refused as by rds.force_ssl', async () => {
    const error = await errorOf(new Client(fixture.config('app', { ssl: false })).connect());
    expect(error.code).toBe('28000');
    expect(error.message).toMatch(
      /^no pg_hba.conf entry for host "127.0.0.1", user "app", database "landfall", no encryption$/,
    );
  });

  test('a client that does not trust the authority refuses the server', async () => {
    const error = await errorOf(new Client(fixture.config('app', { ssl: true })).connect());
    expect(error.message).toMatch(/self-signed certificate in certificate chain/);
  });

  test('connections past the maximum are refused, and welcome again when others have left', async () => {
    const clients = await Promise.all(Array.from({ length: 12 }, () => fixture.connect('app')));
    expect((await errorOf(fixture.connect('app'))).code).toBe('53300');
    await clients[0]?.end();
    await pause(50);
    await fixture.connect('app');
  });

  test('garbage instead of a startup packet closes the connection and nothing else', async () => {
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0, 0, 0, 5, 1]),
      Buffer.alloc(20),
    ]) {
      const socket = connectPlain(fixture.server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume().write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await fixture.connect('app');
  });

  test('settings of the role and of the startup packet are in force', async () => {
    const maintenance = await fixture.connect('maintenance', { application_name: 'sweep' });
    const { rows } = await maintenance.query(
      `select current_setting('search_path') as path, current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ path: 'pg_catalog', name: 'sweep' }]);
    const other = await fixture.connect('app', {
      options: '-c statement_timeout=1234 -c application_name=a\\ b',
    });
    expect((await other.query('show statement_timeout')).rows[0].statement_timeout).toBe('1234ms');
    expect((await other.query('show application_name')).rows[0].application_name).toBe('a b');
  });
});

describe('identity', () => {
  test('row-level security holds for each client whatever the others do', async () => {
    const [a, b] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    const seen = async (client: Client, user: string): Promise<number[]> => {
      await client.query('begin');
      await client.query(`select set_config('landfall.user_id', $1, true)`, [user]);
      const { rows } = await client.query('select id from account order by id');
      await client.query('commit');
      return rows.map(({ id }) => id);
    };
    for (let round = 0; round < 10; round++) {
      expect(await Promise.all([seen(a, 'a'), seen(b, 'b')])).toEqual([[1, 3], [2]]);
      expect((await a.query('select count(*)::int as n from account')).rows[0].n).toBe(0);
    }
    const master = await fixture.connect('landfall');
    expect((await master.query('select count(*)::int as n from account')).rows[0].n).toBe(3);
  });

  test.each([
    'set session authorization postgres',
    'SET  SESSION   AUTHORIZATION DEFAULT',
    'reset session authorization',
    'set session session authorization "postgres"',
    `select set_config('session_authorization', 'postgres', false)`,
    'discard all',
  ])('%s does not make a client the superuser', async (sql) => {
    const app = await fixture.connect('app');
    await errorOf(app.query(sql));
    await errorOf(app.query({ text: sql, name: 'prepared' }));
    expect((await app.query('select session_user, current_user')).rows).toEqual([
      { session_user: 'app', current_user: 'app' },
    ]);
  });

  test('a role may not become another one it is no member of', async () => {
    const app = await fixture.connect('app');
    expect((await errorOf(app.query('set role maintenance'))).code).toBe('42501');
    expect((await errorOf(app.query('set role postgres'))).code).toBe('42501');
  });

  test('settings of one client do not reach another, and stay with it', async () => {
    const [a, b] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await a.query(`set search_path = pg_catalog; set landfall.user_id = 'a'; set timezone = 'Asia/Tokyo'`);
    await b.query(`select set_config('landfall.user_id', 'b', false)`);
    const settings = `select current_setting('search_path') as path, current_setting('landfall.user_id', true) as id, current_setting('timezone') as zone`;
    for (let round = 0; round < 3; round++) {
      expect((await a.query(settings)).rows).toEqual([{ path: 'pg_catalog', id: 'a', zone: 'Asia/Tokyo' }]);
      expect((await b.query(settings)).rows).toEqual([{ path: 'public', id: 'b', zone: 'UTC' }]);
    }
    const fresh = await fixture.connect('app');
    expect((await fresh.query(settings)).rows[0]).toMatchObject({ path: 'public', zone: 'UTC' });
    expect((await fresh.query(settings)).rows[0].id ?? '').toBe('');
  });

  test('a role set by one client is its own', async () => {
    const master = await fixture.connect('landfall');
    await master.query('create role worker; grant worker to landfall');
    const other = await fixture.connect('landfall');
    await master.query('set role worker');
    expect((await other.query('select current_user')).rows).toEqual([{ current_user: 'landfall' }]);
    expect((await master.query('select current_user')).rows).toEqual([{ current_user: 'worker' }]);
    await master.query('reset role; drop role worker');
  });

  test('temporary tables of one client are not visible to another', async () => {
    const [a, b] = await Promise.all([fixture.connect('landfall'), fixture.connect('landfall')]);
    await a.query('create temp table mine (i int)');
    expect((await errorOf(b.query('select * from mine'))).code).toBe('42P01');
  });

  test('a client whose role is dropped is told so', async () => {
    const master = await fixture.connect('landfall');
    await master.query('create role brief login');
    const brief = await fixture.connect('brief');
    await master.query('drop role brief');
    expect((await errorOf(brief.query('select 1'))).message).toMatch(/role "brief" cannot go on/);
    await master.query('select 1');
  });
});

describe('transactions', () => {
  test('transactions of concurrent clients do not mix', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => fixture.connect('app')));
    await Promise.all(
      clients.map(async (client, number) => {
        for (let round = 0; round < 10; round++) {
          await client.query('begin');
          await client.query('insert into entry values ($1, $2, $3)', [number, round, 'x']);
          await pause(Math.random() * 3);
          const { rows } = await client.query('select count(*)::int as n from entry where client = $1', [
            number,
          ]);
          expect(rows[0].n).toBe(Math.ceil(round / 2) + 1);
          await client.query(round % 2 === 0 ? 'commit' : 'rollback');
        }
      }),
    );
    const { rows } = await (await fixture.connect('app')).query(
      'select client, count(*)::int as n from entry group by 1 order by 1',
    );
    expect(rows).toEqual([0, 1, 2, 3].map((client) => ({ client, n: 5 })));
  });

  test('what a client had not committed is rolled back when it disconnects', async () => {
    const [leaving, other] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await leaving.query('begin');
    await leaving.query(`insert into entry values (77, 1, 'lost')`);
    const waiting = other.query('select count(*)::int as n from entry where client = 77');
    streamOf(leaving).destroy();
    expect((await waiting).rows).toEqual([{ n: 0 }]);
  });

  test('an idle transaction is ended when another client waits, with the error a server gives', async () => {
    const idle = await fixture.connect('app');
    const failure = new Promise<Error & { code?: string }>((resolve) => idle.once('error', resolve));
    await idle.query('begin');
    await idle.query(`insert into entry values (78, 1, 'lost')`);
    const other = await fixture
      .connect('app')
      .then((client) => client.query('select count(*)::int as n from entry where client = 78'));
    expect(other.rows).toEqual([{ n: 0 }]);
    expect((await failure).code).toBe('25P03');
  });

  test('an idle transaction nobody waits for is left alone', async () => {
    const idle = await fixture.connect('app');
    await idle.query('begin');
    await pause(2100);
    expect((await idle.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await idle.query('rollback');
  });

  test('a failed transaction stays failed until its client ends it', async () => {
    const [failed, other] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await failed.query('begin');
    await errorOf(failed.query('select 1/0'));
    const waiting = other.query('select 2 as two');
    expect((await errorOf(failed.query('select 1'))).code).toBe('25P02');
    await failed.query('rollback');
    expect((await waiting).rows).toEqual([{ two: 2 }]);
  });

  test('an advisory lock of a session keeps others out', async () => {
    const [holder, other] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await holder.query('select pg_advisory_lock(42)');
    const order: string[] = [];
    const second = other.query('select pg_advisory_lock(42)').then(() => order.push('second'));
    await holder.query('select 1');
    order.push('still held');
    await holder.query('select pg_advisory_unlock(42)');
    order.push('released');
    await second;
    expect(order).toEqual(['still held', 'released', 'second']);
    await other.query('select pg_advisory_unlock_all()');
  });
});

describe('protocol', () => {
  test('prepared statements of the same name do not clash, and survive other clients', async () => {
    const [a, b] = await Promise.all([fixture.connect('app'), fixture.connect('landfall')]);
    for (let round = 0; round < 4; round++) {
      const [one, two] = await Promise.all([
        a.query({ name: 'same', text: 'select $1::int + 1 as n, current_user as who', values: [round] }),
        b.query({ name: 'same', text: 'select $1::text as t, current_user as who', values: [`${round}`] }),
      ]);
      expect(one.rows).toEqual([{ n: round + 1, who: 'app' }]);
      expect(two.rows).toEqual([{ t: `${round}`, who: 'landfall' }]);
    }
  });

  test('statements prepared in SQL stay with their client', async () => {
    const [a, b] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await a.query(`prepare twice(int) as select $1 * 2 as n`);
    expect((await errorOf(b.query('execute twice(2)'))).code).toBe('26000');
    expect((await a.query('execute twice(21)')).rows).toEqual([{ n: 42 }]);
  });

  test('a pipelined transaction in one packet answers every statement', async () => {
    const wire = await Wire.open(fixture.config('app'));
    const statement = (sql: string): Buffer =>
      Buffer.concat([parse('', sql), bind(''), execute, syncMessage]);
    wire.send(statement('begin'), statement('select 1'), statement('commit'));
    expect(await wire.until('Z')).toEqual(['1', '2', 'C:BEGIN', 'ZT']);
    expect(await wire.until('Z')).toEqual(['1', '2', 'D:1', 'C:SELECT 1', 'ZT']);
    expect(await wire.until('Z')).toEqual(['1', '2', 'C:COMMIT', 'ZI']);
    wire.socket.destroy();
  });

  test('a failing statement in a pipeline is answered once, and skips to its Sync only', async () => {
    const wire = await Wire.open(fixture.config('app'));
    wire.send(parse('', 'select 1/0'), bind(''), execute, parse('', 'select 3'), syncMessage);
    wire.send(parse('', 'select 2'), bind(''), execute, syncMessage);
    expect(await wire.until('Z')).toEqual(['1', 'E:22012', 'ZI']);
    expect(await wire.until('Z')).toEqual(['1', '2', 'D:2', 'C:SELECT 1', 'ZI']);
    wire.send(parse('', 'select nothing'), flush);
    expect(await wire.until('E')).toEqual(['E:42703']);
    wire.send(bind(''), execute, syncMessage);
    expect(await wire.until('Z')).toEqual(['ZI']);
    wire.socket.destroy();
  });

  test('a constraint that fails at Sync is answered once', async () => {
    const master = await fixture.connect('landfall');
    await master.query(
      'create table late (i int unique deferrable initially deferred); insert into late values (1)',
    );
    await master.query('grant insert on late to app');
    const wire = await Wire.open(fixture.config('app'));
    wire.send(
      parse('', 'insert into late values (1)'),
      bind(''),
      execute,
      syncMessage,
      simpleQuery('select 5'),
    );
    expect(await wire.until('Z')).toEqual(['1', '2', 'C:INSERT 0 1', 'E:23505', 'ZI']);
    expect(await wire.until('Z')).toEqual(['T', 'D:5', 'C:SELECT 1', 'ZI']);
    wire.socket.destroy();
  });

  test('a client between Flush and Sync keeps the engine', async () => {
    const wire = await Wire.open(fixture.config('app'));
    wire.send(parse('held', 'select 7'), flush);
    expect(await wire.until('1')).toEqual(['1']);
    const other = (await fixture.connect('app').catch(() => undefined)) as Client | undefined;
    // The other one could only connect because the idle client was put out.
    expect(other).toBeDefined();
    await expect(wire.until('Z')).rejects.toThrow(/hung up after E:25P03/);
  });

  test('COPY FROM STDIN takes rows in and COPY TO STDOUT gives them back', async () => {
    const wire = await Wire.open(fixture.config('app'));
    wire.send(simpleQuery('copy entry from stdin'));
    expect(await wire.until('G')).toEqual(['G']);
    const rows = Array.from({ length: 20_000 }, (_, number) => `500\t${number}\tvalue ${number}\n`);
    for (let start = 0; start < rows.length; start += 100) {
      wire.send(message(type.copyData, Buffer.from(rows.slice(start, start + 100).join(''))));
    }
    wire.send(message(type.copyDone));
    expect(await wire.until('Z')).toEqual(['C:COPY 20000', 'ZI']);
    wire.send(simpleQuery('copy (select * from entry where client = 500) to stdout'));
    const copied = await wire.until('Z');
    expect(copied.filter((entry) => entry.startsWith('d'))).toHaveLength(20_000);
    wire.socket.destroy();
  });

  test('a COPY that fails, is given up or is left alone does not stop anybody', async () => {
    const wire = await Wire.open(fixture.config('app'));
    wire.send(simpleQuery('copy entry from stdin'));
    await wire.until('G');
    wire.send(message(type.copyData, Buffer.from('not a number\t1\tx\n')), message(type.copyDone));
    expect(await wire.until('Z')).toEqual(['E:22P02', 'ZI']);
    wire.send(simpleQuery('copy entry from stdin'));
    await wire.until('G');
    wire.send(copyFail('changed my mind'));
    expect(await wire.until('Z')).toEqual(['E:57014', 'ZI']);
    wire.send(simpleQuery('copy entry from stdin'));
    await wire.until('G');
    wire.socket.destroy();
    expect((await (await fixture.connect('app')).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('notifications reach those who listen, and nobody else', async () => {
    const [a, b, c] = await Promise.all(['app', 'landfall', 'app'].map((user) => fixture.connect(user)));
    const received: string[] = [];
    a?.on('notification', ({ channel, payload }) => received.push(`a ${channel} ${payload}`));
    b?.on('notification', ({ channel, payload }) => received.push(`b ${channel} ${payload}`));
    c?.on('notification', ({ channel, payload }) => received.push(`c ${channel} ${payload}`));
    await a?.query('listen news; listen "Other News"');
    await b?.query('listen news');
    await c?.query(`notify news, 'one'`);
    await b?.query('unlisten news');
    await c?.query(`select pg_notify('news', 'two'), pg_notify('Other News', 'three')`);
    await c?.query(`begin; notify news, 'never'; rollback`);
    await pause(100);
    expect(received.sort()).toEqual(['a Other News three', 'a news one', 'a news two', 'b news one']);
  });

  test('messages of ten megabytes pass in both directions', async () => {
    const client = await fixture.connect('app');
    const text = 'äö'.repeat(2_500_000);
    const { rows } = await client.query('select $1::text as echo, length($1) as length', [text]);
    expect(rows[0].length).toBe(5_000_000);
    expect(rows[0].echo === text).toBe(true);
  });

  test.each([true, false])('a statement that waits can be cancelled (encrypted: %s)', async (encrypted) => {
    const [holder, waiting] = await Promise.all([fixture.connect('app'), fixture.connect('app')]);
    await holder.query('begin');
    const query = errorOf(waiting.query('select 1'));
    await pause(20);
    await cancel(waiting, fixture.config('app'), encrypted);
    expect((await query).code).toBe('57014');
    await holder.query('commit');
    expect((await waiting.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  });

  test('a message no client may send ends its connection only', async () => {
    const wire = await Wire.open(fixture.config('app'));
    wire.send(message('z'.charCodeAt(0)));
    await expect(wire.until('Z')).rejects.toThrow(/hung up after E:08P01/);
    await fixture.connect('app');
  });
});

test('a thousand mixed queries over ten connections all give the right answer', async () => {
  const master = await fixture.connect('landfall');
  await master.query(
    'create table soak (id serial primary key, client int, n int); grant all on soak, soak_id_seq to app',
  );
  await master.end();
  const work = async (client: Client, number: number): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      if (n % 10 === 9) {
        expect((await errorOf(client.query('select $1::int / 0', [n]))).code).toBe('22012');
      } else if (n % 5 === 4) {
        await client.query('begin');
        await client.query('insert into soak (client, n) values ($1, $2)', [number, -n]);
        await client.query('rollback');
      } else if (n % 3 === 0) {
        await client.query('insert into soak (client, n) values ($1, $2)', [number, n]);
      } else if (n % 3 === 1) {
        const { rows } = await client.query({
          name: 'sum',
          text: 'select $1::int + $2::int as sum',
          values: [number, n],
        });
        expect(rows).toEqual([{ sum: number + n }]);
      } else {
        const { rows } = await client
          .query(`select ${n} as n, '${number}' as me; select count(*) from soak`)
          .then((results) => (results as unknown as { rows: unknown[] }[])[0] as { rows: unknown[] });
        expect(rows).toEqual([{ n, me: String(number) }]);
      }
    }
  };
  const clients = await Promise.all(Array.from({ length: 10 }, () => fixture.connect('app')));
  await Promise.all(clients.map(work));
  const expected = Array.from({ length: 100 }, (_, n) => n).filter(
    (n) => n % 10 !== 9 && n % 5 !== 4 && n % 3 === 0,
  );
  const { rows } = await (clients[0] as Client).query(
    'select client, array_agg(n order by n) as all from soak group by client order by client',
  );
  expect(rows).toEqual(clients.map((_, client) => ({ client, all: expected })));
  expect(fixture.log).toEqual([]);
});

function streamOf(client: Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
