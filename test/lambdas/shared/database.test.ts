import net from 'node:net';
import { openDatabase, openMaintenanceDatabase } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';
import { startTcpProxy } from '../../support/tcp-proxy';

let test: TestDatabase;

const issuer = 'https://issuer.example';
const alice: Identity = { issuer, subject: 'alice', email: 'user@example.com' };
const bob: Identity = { issuer, subject: 'bob' };

beforeAll(async () => {
  test = await startTestDatabase();
});

afterAll(() => test.close());

const allDocuments = { text: 'select id, user_id from landfall.documents order by id' };

describe('identity', () => {
  it('creates a user at the first request and finds it at the next', async () => {
    const database = test.open();
    const who: Identity = { issuer, subject: 'first-timer', email: 'user@example.com' };
    const [first] = await database.withUser(who, { text: 'select id, email from landfall.users' });
    const [second] = await database.withUser(who, { text: 'select id, email from landfall.users' });
    expect(first).toEqual({ id: expect.any(String), email: 'user@example.com' });
    expect(second).toEqual(first);
  });

  it('keeps equal subjects of different issuers apart', async () => {
    const database = test.open();
    const userId = (identity: Identity) => database.withUser(identity, async (tx) => tx.userId);
    const ids = await Promise.all([
      userId({ issuer: 'https://one.example', subject: 'same' }),
      userId({ issuer: 'https://two.example', subject: 'same' }),
    ]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('leads a migrated user by the new identity to the old rows', async () => {
    const old = '11111111-1111-4111-8111-111111111111';
    await test.admin.query(`insert into landfall.users (id) values ('${old}')`);
    await test.admin.query(`insert into landfall.identities values ('${issuer}', 'cognito-sub', '${old}')`);
    const id = await insertDocument(test.admin, { userId: old });
    const rows = await test.open().withUser({ issuer, subject: 'cognito-sub' }, allDocuments);
    expect(rows).toEqual([{ id, user_id: old }]);
  });

  it('follows a changed e-mail address', async () => {
    const database = test.open();
    const who = { issuer, subject: 'mover' };
    await database.withUser({ ...who, email: 'old@example.com' }, { text: 'select 1' });
    await database.withUser({ ...who, email: 'new@example.com' }, { text: 'select 1' });
    const rows = await database.withUser(who, { text: 'select email from landfall.users' });
    expect(rows).toEqual([{ email: 'new@example.com' }]);
  });

  it('makes one user of 12 first requests at once', async () => {
    const who = { issuer, subject: 'eager' };
    const databases = Array.from({ length: 12 }, () => test.open());
    const ids = await Promise.all(
      databases.map((database) => database.withUser(who, async (tx) => tx.userId)),
    );
    expect(new Set(ids).size).toBe(1);
    const { rows } = await test.admin.query(
      `select count(*)::int from landfall.users u where not exists (select from landfall.identities i where i.user_id = u.id)`,
    );
    expect(rows).toEqual([{ count: 0 }]);
  });
});

describe('isolation on one connection', () => {
  it('leaves no identity on the connection, neither after a commit nor after a failure', async () => {
    const client = await test.connect('app');
    const identify = () => client.query('select landfall.identify($1, $2, $3)', [issuer, 'alice', null]);
    const unidentified = async () => {
      const { rows } = await client.query('select landfall.current_user_id() as id');
      const documents = await client.query(allDocuments.text);
      return { id: rows[0].id, documents: documents.rowCount };
    };
    await client.query('begin');
    await identify();
    await client.query('commit');
    expect(await unidentified()).toEqual({ id: null, documents: 0 });
    await client.query('begin');
    await identify();
    await client.query('select 1 / 0').catch(() => undefined);
    await client.query('rollback');
    expect(await unidentified()).toEqual({ id: null, documents: 0 });
  });

  it('refuses to write for another user', async () => {
    const database = test.open();
    const bobId = await database.withUser(bob, async (tx) => tx.userId);
    const theft = database.withUser(alice, (tx) => insertDocument(tx, { userId: bobId }));
    await expect(theft).rejects.toThrow('row-level security');
  });

  it('refuses to hand a row over to another user', async () => {
    const database = test.open();
    const bobId = await database.withUser(bob, async (tx) => tx.userId);
    const gift = database.withUser(alice, (tx) =>
      tx.query('update landfall.documents set user_id = $1', [bobId]),
    );
    await expect(gift).rejects.toThrow('permission denied');
  });
});

describe('round trips', () => {
  it('needs one for a read', async () => {
    const proxy = await startTcpProxy(test.target('app').port);
    const target = { ...test.target('app'), port: proxy.port };
    const database = openDatabase(async () => target);
    await database.withUser(alice, allDocuments);
    const before = proxy.turns();
    await database.withUser(alice, allDocuments);
    expect(proxy.turns() - before).toBe(1);
    await database.close();
    await proxy.close();
  });

  it('recovers from a value that cannot be sent', async () => {
    const database = test.open();
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const read = database.withUser(alice, { text: 'select $1::jsonb', values: [circular] });
    await expect(read).rejects.toThrow(/circular/i);
    const work = database.withUser(alice, (tx) => tx.query('select $1::jsonb', [circular]));
    await expect(work).rejects.toThrow(/circular/i);
    expect(await database.withUser(alice, { text: 'select 1 as one' })).toEqual([{ one: 1 }]);
  });

  it('refuses anything but a select as a read, because a read may be sent twice', async () => {
    const write = test.open().withUser(alice, { text: 'delete from landfall.documents' });
    await expect(write).rejects.toThrow('expected a select');
  });
});

describe('a connection that breaks', () => {
  it('is replaced without the caller noticing when it broke while idle', async () => {
    const database = test.open();
    await database.ping();
    await test.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);
    await expect(database.withUser(alice, { text: 'select 1 as one' })).resolves.toEqual([{ one: 1 }]);
    await test.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);
    await expect(database.withUser(alice, async (tx) => tx.query('select 1 as one'))).resolves.toEqual([
      { one: 1 },
    ]);
  });

  it('is replaced when the other side has silently gone', async () => {
    const proxy = await startTcpProxy(test.target('app').port);
    const database = openDatabase(async () => ({ ...test.target('app'), port: proxy.port }));
    await database.ping();
    proxy.cut();
    await expect(database.withUser(alice, { text: 'select 1 as one' })).resolves.toEqual([{ one: 1 }]);
    await database.close();
    await proxy.close();
  });

  it('answers unavailable in the middle of a transaction, runs no work twice, and recovers', async () => {
    const database = test.open();
    let runs = 0;
    const broken = database.withUser(alice, async (tx) => {
      runs += 1;
      await test.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);
      return tx.query('select 1');
    });
    await expect(broken).rejects.toMatchObject({ code: 'unavailable' });
    expect(runs).toBe(1);
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('answers unavailable, without host or password, when nobody listens', async () => {
    const target = { ...test.target('app'), port: 1 };
    const error = await openDatabase(async () => target)
      .ping()
      .catch((caught) => caught);
    expect(error).toMatchObject({ code: 'unavailable', status: 503 });
    expect(error.message).not.toMatch(/localhost|127\.0\.0\.1|ECONN/);
  });

  it('is not blamed for a failure of something else inside a transaction', async () => {
    const socket = Object.assign(new Error('socket hang up: connection to S3 terminated'), {
      code: 'ECONNRESET',
    });
    await expect(test.open().withUser(alice, () => Promise.reject(socket))).rejects.toBe(socket);
  });

  it('answers unavailable when the server has no connection left', async () => {
    await test.admin.query('alter role app connection limit 0');
    await expect(test.open().ping()).rejects.toMatchObject({ code: 'unavailable' });
    await test.admin.query('alter role app connection limit -1');
  });

  it('is refused when its certificate is not trusted', async () => {
    const { ca: _, ...untrusting } = test.target('app');
    await expect(openDatabase(async () => untrusting).ping()).rejects.toThrow(/certificate/);
  });

  it('is refused when the server offers no TLS', async () => {
    const server = net.createServer((socket) => socket.on('data', () => socket.write('N')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const target = { ...test.target('app'), port };
    await expect(openDatabase(async () => target).ping()).rejects.toMatchObject({
      code: 'unavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('does not support SSL') }),
    });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a password that the server refuses', () => {
  const refusedThen = (...passwords: string[]) => {
    let asked = 0;
    const whenRefused = async () => {
      const password = passwords[asked++];
      return password === undefined ? undefined : { ...test.target('app'), password, whenRefused };
    };
    const database = openDatabase(async () => ({ ...test.target('app'), password: 'old', whenRefused }));
    return { database, asked: () => asked };
  };

  it('is replaced by what the secret says by now', async () => {
    const { database, asked } = refusedThen('older', test.target('app').password);
    await database.ping();
    expect(asked()).toBe(2);
    await database.close();
  });

  it('is an error, without the password, when nothing else is known', async () => {
    const { database, asked } = refusedThen();
    const error = await database.ping().catch((caught) => caught);
    expect(error).toMatchObject({ code: '28P01' });
    expect(JSON.stringify(error)).not.toContain('old');
    expect(asked()).toBe(1);
  });

  it('is not to blame when the server refuses for another reason', async () => {
    const whenRefused = jest.fn();
    await test.admin.query('alter role app connection limit 0');
    const database = openDatabase(async () => ({ ...test.target('app'), whenRefused }));
    await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await test.admin.query('alter role app connection limit -1');
    expect(whenRefused).not.toHaveBeenCalled();
  });
});

describe('a transaction', () => {
  it('rolls back when its work throws', async () => {
    const database = test.open();
    const userId = await database.withUser(alice, async (tx) => tx.userId);
    const failed = database.withUser(alice, async (tx) => {
      await insertDocument(tx, { userId, name: 'never' });
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    const rows = await database.withUser(alice, {
      text: `select 1 from landfall.documents where name = 'never'`,
    });
    expect(rows).toEqual([]);
  });

  it('fails when a query failed and the error was swallowed, instead of pretending to have committed', async () => {
    const swallowed = test.open().withUser(alice, async (tx) => {
      await tx.query('select 1 / 0').catch(() => undefined);
      return 'fine';
    });
    await expect(swallowed).rejects.toThrow('rolled back');
  });

  it('refuses queries after its end', async () => {
    const escaped = await test.open().withUser(alice, async (tx) => tx);
    await expect(escaped.query('select 1')).rejects.toThrow('has ended');
  });

  it('answers timeout when a statement takes longer than the role may', async () => {
    await test.admin.query(`alter role app set statement_timeout = '200ms'`);
    const slow = test.open().withUser(alice, { text: 'select pg_sleep(5)' });
    await expect(slow).rejects.toMatchObject({ code: 'timeout', status: 504 });
    await test.admin.query(`alter role app set statement_timeout = '5s'`);
  });
});

describe('an external database', () => {
  it('becomes the app role in every transaction, so that even a superuser sees one user only', async () => {
    for (const who of [alice, bob]) {
      const userId = await test.open().withUser(who, async (tx) => tx.userId);
      await insertDocument(test.admin, { userId });
    }
    const { user, password } = { user: 'strong', password: 'strong-password' };
    await test.admin.query(`create role ${user} login superuser password '${password}'`);
    const database = openDatabase(async () => ({ ...test.target('app'), user, password, role: 'app' }));
    const own = await database.withUser(alice, async (tx) => {
      const rows = await tx.query('select current_user::text as role, current_setting($1) as timeout', [
        'statement_timeout',
      ]);
      return {
        ...rows[0],
        users: (await tx.query('select distinct user_id from landfall.documents')).length,
      };
    });
    expect(own).toEqual({ role: 'app', timeout: '5s', users: 1 });
    expect(await database.withUser(alice, { text: 'select current_user::text as role' })).toEqual([
      { role: 'app' },
    ]);
    await database.close();
  });
});

describe('maintenance', () => {
  it('sees tombstones and nothing else of documents', async () => {
    const userId = await test.open().withUser(alice, async (tx) => tx.userId);
    const buried = await insertDocument(test.admin, { userId, deletedAt: new Date() });
    const database = openMaintenanceDatabase(async () => test.target('maintenance'));
    const rows = await database.transaction((query) => query('select id from landfall.documents'));
    expect(rows).toEqual([{ id: buried }]);
    await expect(database.transaction((query) => query('select * from landfall.users'))).rejects.toThrow(
      'permission denied',
    );
    await expect(
      database.transaction((query) => query(`select landfall.identify('a', 'b', null)`)),
    ).rejects.toThrow('permission denied');
    await database.close();
  });
});
