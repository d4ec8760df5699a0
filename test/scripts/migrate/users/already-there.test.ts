import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { ann, counts, hash, journalOf, migrate as migrateTo, type Row } from './exported-users';
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

describe('somebody who is in the pool already', () => {
  const inPool = (attributes: Record<string, string>, more = {}) =>
    target.client.send(
      new AdminCreateUserCommand({
        UserPoolId: target.poolId,
        Username: 'ann@example.com',
        MessageAction: 'SUPPRESS',
        UserAttributes: Object.entries({ email: 'ann@example.com', ...attributes }).map(([Name, Value]) => ({
          Name,
          Value,
        })),
        ...more,
      }),
    );

  test('is linked when the address is proven on both sides', async () => {
    await inPool({ email_verified: 'true' });
    const { summary } = await migrate([ann], '--execute');
    expect(counts(summary)).toEqual({ existing: 1 });
    expect((await target.identities()).map(({ user_id }) => user_id)).toEqual([ann.id, ann.id]);
    // An invitation that somebody else has sent stays one.
    expect(target.user(ann.email)?.status).toBe('FORCE_CHANGE_PASSWORD');
  });

  test.each([
    ['not in the pool', { email_verified: 'false' }, true],
    ['not in the old system', { email_verified: 'true' }, false],
  ])('is not linked when the address is proven %s', async (_, attributes, confirmed) => {
    await inPool(attributes);
    const { code, summary } = await migrate([{ ...ann, confirmed }], '--execute');
    expect(code).toBe(1);
    expect(Object.keys(summary.outcomes.failed.reasons)[0]).toContain('not proven on both sides');
    expect(await target.identities()).toHaveLength(1);
  });

  test('is not linked when they came from another account', async () => {
    await inPool({
      'custom:legacy_issuer': oldIssuer,
      'custom:legacy_subject': randomUUID(),
      email_verified: 'true',
    });
    const { summary } = await migrate([ann], '--execute');
    expect(Object.keys(summary.outcomes.failed.reasons)[0]).toContain('another account of an old system');
  });

  test('is not linked when they are another user of Landfall', async () => {
    await inPool({ email_verified: 'true' });
    await target.database.admin.query('select landfall.identify($1, $2, $3)', [
      target.poolIssuer,
      target.user(ann.email)?.sub,
      'ann@example.com',
    ]);
    const { summary } = await migrate([ann], '--execute');
    expect(Object.keys(summary.outcomes.failed.reasons)[0]).toContain('another user of Landfall');
  });

  test('is not created a second time under a new address', async () => {
    await migrate([ann], '--execute');
    const { summary } = await migrate([{ ...ann, email: 'ann@new.example.com' }], '--execute');
    expect(Object.keys(summary.outcomes.failed.reasons)[0]).toContain('another e-mail');
    expect(target.everybody()).toHaveLength(1);
  });
});

describe('a second run', () => {
  const rows = [
    ann,
    { email: 'ben@example.com', password: hash },
    { email: 'cat@example.com', bannedUntil: 'infinity' },
  ].map((each) => ({ id: randomUUID(), ...each }));
  const state = async () => ({
    pool: target.everybody().map((user) => ({ ...user })),
    identities: await target.identities(),
    versions: (
      await target.database.admin.query(
        'select xmin::text from landfall.users union all select xmin::text from landfall.identities union all select xmin::text from landfall.legacy_users',
      )
    ).rows,
  });

  test.each([
    ['with its journal asks and writes nothing', true, []],
    ['without it looks at everybody and writes nothing', false, ['cognito-idp:AdminGetUser']],
  ])('%s', async (_, journalKept, asked) => {
    await migrate(rows, '--execute', '--with-hashes');
    const before = await state();
    if (!journalKept) await rm(journalOf(target));
    target.aws.asked.length = 0;
    const { code, summary } = await migrate(rows, '--execute', '--with-hashes');
    expect(code).toBe(0);
    expect(counts(summary)).toEqual(journalKept ? { created: 2, lazy: 1 } : { existing: 2, lazy: 1 });
    expect(await state()).toEqual(before);
    expect([...new Set(target.aws.asked.map(({ action }) => action))]).toEqual(asked);
  });

  test('that wants more for some users does that', async () => {
    await migrate(rows, '--execute');
    const { summary } = await migrate(rows, '--execute', '--password-users', 'create');
    expect(counts(summary)).toEqual({ created: 3 });
    expect(target.everybody()).toHaveLength(3);
  });

  test('into another place refuses the journal', async () => {
    await migrate(rows, '--execute');
    await expect(migrate(rows, '--execute', '--issuer', 'https://other.example.com')).rejects.toThrow(
      /journal of another run[\s\S]*Pass another --journal/,
    );
  });
});
