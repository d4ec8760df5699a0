import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { allow } from '../../../support/decisions';
import { soaking } from '../../../support/soak';
import { oldIssuer, spawnCommand, startTarget, type Target } from './target';

const kills = soaking ? 24 : 6;
const hash = (index: number) => `$2a$10$${String(index).padStart(53, 'x')}`;

/** Everybody that there is: created, disabled, unconfirmed, lazy, refused. */
function rows(): string {
  const lines = Array.from({ length: 90 }, (_, index) => {
    const id =
      index % 10 === 9 ? `old-${index}` : `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const lazy = index % 3 === 0;
    const banned = index % 7 === 1;
    const email = index % 20 === 13 ? '' : `user-${index}@example.com`;
    return `${id},${email},Name ${index},${index % 5 !== 2},${banned},${lazy ? hash(index) : ''}`;
  });
  return `id,email,name,confirmed,banned,password_hash\n${lines.join('\n')}\n`;
}

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
afterEach(() => {
  target.aws.decide = async () => allow;
});

async function args(journal: string): Promise<string[]> {
  const from = await target.file('users.csv', rows());
  const to = ['--to', target.poolId, '--issuer', oldIssuer];
  const how = ['--with-hashes', '--rate', '10000', '--concurrency', '4', '--batch', '8'];
  return ['users', '--from', from, ...to, ...how, '--execute', '--json', '--journal', journal];
}

/** Everything that was written, without what is random by nature. */
async function state() {
  const addressOf = new Map(target.everybody().map(({ sub, attributes }) => [sub, attributes.email]));
  const { rows: users } = await target.database.admin.query(
    'select id, email, name, deleted_at from landfall.users order by id',
  );
  const { rows: hashes } = await target.database.admin.query(
    'select email, issuer, subject, password_hash, confirmed, banned from landfall.legacy_users order by email',
  );
  const identities = (await target.identities()).map(({ issuer, subject, user_id }) => {
    const name = addressOf.get(subject as string) ?? subject;
    return `${issuer} ${name} ${user_id}`;
  });
  const pool = target.everybody().map(({ attributes: { sub, ...attributes }, status, enabled }) => ({
    attributes,
    status,
    enabled,
  }));
  const byAddress = (a: (typeof pool)[number], b: (typeof pool)[number]) =>
    (a.attributes.email ?? '').localeCompare(b.attributes.email ?? '');
  return { pool: pool.sort(byAddress), identities: identities.sort(), users, hashes };
}

test(`a migration that is killed ${kills} times at random points ends like one that is not`, async () => {
  const journal = path.join(target.directory, 'journal.jsonl');
  expect(await spawnCommand(await args(journal), target.env).ended).toMatchObject({ code: 0 });
  const expected = await state();
  expect(expected.pool).toHaveLength(61);
  expect(expected.hashes).not.toEqual([]);
  await target.clear();
  await rm(journal);

  let killed = 0;
  while (killed < kills) {
    // So many calls into the run, and a moment more: between two calls, in a transaction, while the journal is written.
    let calls = randomInt(1, 14);
    const moment = randomInt(0, 40);
    const child = spawnCommand(await args(journal), target.env);
    target.aws.decide = async () => {
      if (--calls === 0) setTimeout(() => child.kill('SIGKILL'), moment);
      return allow;
    };
    const { code, stderr } = await child.ended;
    // Done before the kill came: all there is to resume is gone.
    if (code !== null) {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      await target.clear();
      await rm(journal);
      continue;
    }
    killed++;
  }
  target.aws.decide = async () => allow;
  expect(await spawnCommand(await args(journal), target.env).ended).toMatchObject({ code: 0 });
  expect(await state()).toEqual(expected);

  target.aws.asked.length = 0;
  const again = await spawnCommand(await args(journal), target.env).ended;
  expect(again.code).toBe(0);
  expect(target.aws.asked).toEqual([]);
  expect(await state()).toEqual(expected);
}, 300_000);

test('Ctrl-C finishes the users in flight, keeps the journal and exits 130; the next run does the rest', async () => {
  await target.clear();
  const journal = path.join(target.directory, 'interrupted.jsonl');
  const child = spawnCommand(await args(journal), target.env);
  let created = 0;
  target.aws.decide = async ({ action }) => {
    if (action === 'cognito-idp:AdminCreateUser' && ++created === 6) child.kill('SIGINT');
    return allow;
  };
  const { code, stdout, stderr } = await child.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('Stopping after what is in flight');
  const summary = JSON.parse(stdout);
  expect(summary).toMatchObject({ interrupted: true, outcomes: { failed: { count: 0 } } });
  // Nobody was left half-way: everybody who was begun has a password that nobody knows, and is linked.
  expect(target.everybody().map(({ status }) => status)).toEqual(target.everybody().map(() => 'CONFIRMED'));
  expect(summary.outcomes.created.count).toBe(target.everybody().length);
  const linked = (await target.identities()).filter(({ issuer }) => issuer === target.poolIssuer);
  expect(linked).toHaveLength(target.everybody().length);

  target.aws.decide = async () => allow;
  const rest = await spawnCommand(await args(journal), target.env).ended;
  expect(rest.code).toBe(0);
  expect(rest.stderr).toMatch(/Going on: \d+ users are done already/);
  expect(target.everybody()).toHaveLength(61);
}, 60_000);
