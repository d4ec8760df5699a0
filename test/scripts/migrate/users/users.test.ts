import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { userIdOf } from '../../../../scripts/migrate/users/identities';
import { ann, argon, counts, hash, journalOf, migrate as migrateTo, type Row } from './exported-users';
import { oldIssuer, startTarget, type Target } from './target';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(async () => {
  await target.clear();
  await rm(journalOf(target), { force: true });
});

const migrate = (rows: readonly Row[], ...more: string[]) => migrateTo(target, rows, more);

describe('a plan', () => {
  test('counts what would happen, writes nothing and asks nobody', async () => {
    target.aws.asked.length = 0;
    const { code, summary } = await migrate([
      ann,
      { email: 'ben@example.com', password: hash },
      { email: 'banned@example.com', password: hash, bannedUntil: '2999-01-01 00:00:00+00' },
      { email: '' },
      { email: 'anonymous@example.com', anonymous: true },
      { email: 'gone@example.com', deletedAt: '2024-01-01 00:00:00+00' },
      { email: 'sso@example.com', provider: 'sso:1234' },
      { email: 'no address' },
      { email: 'ANN@example.com' },
      { ...ann, email: 'other@example.com' },
    ]);
    expect(code).toBe(0);
    expect(summary).toMatchObject({
      phase: 'plan',
      users: 10,
      banned: 1,
      outcomes: {
        create: { count: 2 },
        lazy: { count: 1 },
        skipped: {
          count: 7,
          reasons: {
            'no e-mail': 1,
            anonymous: 1,
            'deleted in the old system': 1,
            'signs in by single sign-on': 1,
            'the e-mail is no address': 1,
            'this e-mail came before': 1,
            'this id came before': 1,
          },
        },
      },
    });
    expect(target.everybody()).toEqual([]);
    expect(await target.identities()).toEqual([]);
    expect(target.aws.asked).toEqual([]);
  });

  test('with --check asks the pool who is there, and still writes nothing', async () => {
    await migrate([ann], '--execute');
    target.aws.asked.length = 0;
    const { summary } = await migrate([ann, { email: 'new@example.com' }], '--check');
    expect(counts(summary)).toEqual({ existing: 1, create: 1 });
    expect(new Set(target.aws.asked.map(({ action }) => action))).toEqual(
      new Set(['cognito-idp:AdminGetUser']),
    );
  });
});

describe('an execution', () => {
  test('creates users without a password: no mail, no known password, their attributes, one user of Landfall', async () => {
    target.aws.mails.length = 0;
    const { code, summary } = await migrate([ann], '--execute');
    expect({ code, counts: counts(summary) }).toEqual({ code: 0, counts: { created: 1 } });
    const created = target.user('ann@example.com');
    expect(created).toMatchObject({
      enabled: true,
      status: 'CONFIRMED',
      attributes: {
        email: 'ann@example.com',
        email_verified: 'true',
        name: 'Ann Ámber',
        'custom:legacy_issuer': oldIssuer,
        'custom:legacy_subject': ann.id,
      },
    });
    expect(target.aws.mails).toEqual([]);
    const mine = {
      user_id: ann.id,
      email: ann.email,
      name: ann.name,
      created_at: new Date('2023-01-02T03:04:05Z'),
    };
    expect(await target.identities()).toEqual([
      { issuer: target.poolIssuer, subject: created?.sub, ...mine },
      { issuer: oldIssuer, subject: ann.id, ...mine },
    ]);
  });

  test('leaves users with a password to their next sign-in, and keeps their data theirs', async () => {
    const { code, summary } = await migrate([{ ...ann, password: hash }], '--execute');
    expect({ code, counts: counts(summary) }).toEqual({ code: 0, counts: { lazy: 1 } });
    expect(target.everybody()).toEqual([]);
    // What the trigger of the first sign-in calls.
    const { rows } = await target.database.admin.query(
      'select landfall.register_identity($1, $2, $3, $4, $5) as user_id',
      [target.poolIssuer, randomUUID(), ann.email, oldIssuer, ann.id],
    );
    expect(rows).toEqual([{ user_id: ann.id }]);
  });

  test('keeps only hashes that can be checked, and only when asked', async () => {
    const rows = [
      { ...ann, password: hash },
      { email: 'ben@example.com', password: argon },
    ];
    await migrate(rows, '--execute');
    const kept = async () => (await target.database.admin.query('select * from landfall.legacy_users')).rows;
    expect(await kept()).toEqual([]);
    await rm(journalOf(target));
    const { summary } = await migrate(rows, '--execute', '--with-hashes');
    expect(summary).toMatchObject({ importableHashes: 1, otherHashes: 1 });
    expect(await kept()).toMatchObject([
      {
        email: 'ann@example.com',
        issuer: oldIssuer,
        subject: ann.id,
        password_hash: hash,
        confirmed: true,
        banned: false,
      },
    ]);
  });

  test('creates everybody with --password-users create', async () => {
    const { summary } = await migrate(
      [{ ...ann, password: hash }],
      '--execute',
      '--password-users',
      'create',
    );
    expect(counts(summary)).toEqual({ created: 1 });
    expect(target.user(ann.email)?.status).toBe('CONFIRMED');
  });

  test('creates banned users disabled, with a password or without, so that they cannot sign up again', async () => {
    await migrate(
      [
        { ...ann, password: hash, bannedUntil: '2999-01-01 00:00:00+00' },
        { email: 'ben@example.com', bannedUntil: '2001-01-01 00:00:00+00' },
      ],
      '--execute',
    );
    expect(target.user(ann.email)?.enabled).toBe(false);
    expect(target.user('ben@example.com')?.enabled).toBe(true);
  });

  test('disables somebody who was banned after an earlier run', async () => {
    await migrate([ann], '--execute');
    const { summary } = await migrate([{ ...ann, bannedUntil: 'infinity' }], '--execute');
    expect(counts(summary)).toEqual({ existing: 1 });
    expect(target.user(ann.email)?.enabled).toBe(false);
  });

  test('keeps an unconfirmed address unverified', async () => {
    await migrate([{ ...ann, confirmed: false }], '--execute');
    expect(target.user(ann.email)?.attributes.email_verified).toBe('false');
  });

  test('gives a user whose old id is no uuid an id that follows from it', async () => {
    await migrate([{ ...ann, id: '42' }], '--execute');
    const expected = userIdOf(oldIssuer, '42');
    expect(expected).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await target.identities()).map(({ user_id }) => user_id)).toEqual([expected, expected]);
  });

  test('keeps the user that somebody already is in Landfall', async () => {
    const identify = 'select landfall.identify($1, $2, $3) as id';
    // Somebody of another issuer has the id that the old one would be.
    await target.database.admin.query(identify, ['https://another.example', ann.id, null]);
    const { rows } = await target.database.admin.query(identify, [oldIssuer, ann.id, 'ann@example.com']);
    await migrate([ann], '--execute');
    const theirs = (await target.identities()).filter(({ issuer }) => issuer !== 'https://another.example');
    expect(theirs.map(({ user_id }) => user_id)).toEqual([rows[0].id, rows[0].id]);
    expect(rows[0].id).not.toBe(ann.id);
  });

  test('does not bring back an account that was deleted in Landfall', async () => {
    await migrate([{ ...ann, password: hash }], '--execute');
    await target.database.admin.query('update landfall.users set deleted_at = now()');
    await rm(journalOf(target));
    const { summary } = await migrate([ann], '--execute');
    expect(summary.outcomes.skipped.reasons).toEqual({ 'deleted in Landfall': 1 });
    expect(target.everybody()).toEqual([]);
  });

  test('fails a user whose id another user of Landfall has', async () => {
    await target.database.admin.query('insert into landfall.users (id) values ($1)', [ann.id]);
    const { code, summary } = await migrate([ann], '--execute');
    expect(code).toBe(1);
    expect(summary.outcomes.failed.reasons).toEqual({ 'the id is taken by another user of Landfall': 1 });
    expect(target.everybody()).toEqual([]);
  });
});

test('nothing that is written down holds a secret', async () => {
  const report = path.join(target.directory, 'report.jsonl');
  const { stdout, stderr } = await migrate(
    [ann, { email: 'ben@example.com', password: hash }, { email: 'cat@example.com', password: argon }],
    ...['--execute', '--with-hashes', '--report', report],
  );
  const written = [
    stdout,
    stderr,
    await readFile(report, 'utf8'),
    await readFile(journalOf(target), 'utf8'),
    ...target.aws.logs,
  ];
  const password = new URL(target.env.DATABASE_URL ?? '').password;
  for (const secret of [hash, argon, password, target.env.AWS_SECRET_ACCESS_KEY])
    expect(written.join('\n')).not.toContain(secret);
});

test('an interruption while the source is read writes nothing and exits 130', async () => {
  const { code, summary } = await migrateTo(target, [ann], ['--execute'], {
    interrupted: AbortSignal.abort(),
  });
  expect({ code, interrupted: summary.interrupted }).toEqual({ code: 130, interrupted: true });
  expect(target.everybody()).toEqual([]);
  expect(await target.identities()).toEqual([]);
});

test('the report names every user, with the reason', async () => {
  const report = path.join(target.directory, 'report.csv');
  await migrate(
    [ann, { id: 'no-mail', email: '' }, { id: 'formula', email: '=cmd|"x"!A1@example.com' }],
    ...['--execute', '--report', report],
  );
  const lines = (await readFile(report, 'utf8')).trim().split('\n');
  expect(lines[0]).toBe('id,email,outcome,reason');
  expect(lines).toHaveLength(4);
  expect(lines).toContain(`${ann.id},${ann.email},created,`);
  expect(lines).toContain('no-mail,,skipped,no e-mail');
  // A spreadsheet would run it.
  expect(lines).toContain(`formula,"'=cmd|""x""!A1@example.com",created,`);
});

test('users of whom the source does not tell are decided by the caller', async () => {
  const from = await target.file(
    'generic.csv',
    'id,email,name,confirmed,banned\n1,ann@example.com,Ann,true,false\n',
  );
  const args = ['--from', from, '--to', target.poolId, '--issuer', oldIssuer, '--json'];
  expect(counts(JSON.parse((await target.migrate(args)).stdout))).toEqual({ undecided: 1 });
  const execute = [...args, '--execute', '--journal', journalOf(target)];
  await expect(target.migrate(execute)).rejects.toThrow(/--unknown-passwords lazy/);
  expect(await target.identities()).toEqual([]);
  const { stdout } = await target.migrate([...execute, '--unknown-passwords', 'create']);
  expect(counts(JSON.parse(stdout))).toEqual({ created: 1 });
});
