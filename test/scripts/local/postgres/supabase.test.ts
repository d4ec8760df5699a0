/** The migrations, and policies copied from Supabase, on the engine of the local runtime. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { readSql, sessionOf } from '../../../../lambdas/migrations/handler';
import { migrate } from '../../../../lambdas/migrations/migrate';
import { parseMigrations } from '../../../../lambdas/migrations/plan';
import type { Target } from '../../../../lambdas/shared/connection';
import {
  type Database,
  openDatabase,
  openMaintenanceDatabase,
  type SystemDatabase,
} from '../../../../lambdas/shared/database';
import { openIdentityDatabase } from '../../../../lambdas/shared/identity-database';
import { sqlDirectory } from '../../../support/database';
import { type ServerUnderTest, startServerUnderTest } from './server-under-test';

const policies = readFileSync(path.resolve(__dirname, '../../../support/supabase-policies.sql'), 'utf8');
const warnings: string[] = [];
const alice = { issuer: 'https://issuer.example', subject: 'alice' };
const bob = { issuer: 'https://issuer.example', subject: 'bob' };

let fixture: ServerUnderTest;
let owner: Client;
let database: Database;
let service: SystemDatabase;

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
  owner = await fixture.connect('landfall');
  owner.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warnings.push(message ?? '');
  });
  await migrate(sessionOf(owner), parseMigrations(await readSql(sqlDirectory)));
  await owner.query('grant create on database landfall to migrator');
  await owner.query(`begin; set local role migrator; ${policies}; commit`);
  database = openDatabase(target('app'));
  service = openMaintenanceDatabase(target('maintenance'));
});

afterAll(async () => {
  await database.close();
  await service.close();
  await fixture.close();
});

test('migrations give every grant that policies for Supabase need', () => {
  expect(warnings).toEqual([]);
});

test('own rows are seen and written by their user alone', async () => {
  await database.withUser(alice, (tx) => tx.query(`insert into club.todos (title) values ('hers')`));
  const titles = { text: 'select title from club.todos' };
  expect(await database.withUser(alice, titles)).toEqual([{ title: 'hers' }]);
  expect(await database.withUser(bob, titles)).toEqual([]);
  expect(await database.withUser(bob, (tx) => tx.query('delete from club.todos returning 1'))).toEqual([]);
});

test('members see their team by a helper that runs as the owner', async () => {
  const aliceId = await database.withUser(alice, async (tx) => tx.userId);
  await owner.query(
    `begin; set local role migrator; insert into club.teams (id, name) values (1, 'red');
     insert into club.team_members values (1, '${aliceId}', 'admin');
     insert into club.team_notes (team_id, body) values (1, 'note'); commit`,
  );
  const notes = { text: 'select body from club.team_notes' };
  expect(await database.withUser(alice, notes)).toEqual([{ body: 'note' }]);
  expect(await database.withUser(bob, notes)).toEqual([]);
});

test('the service role is maintenance, and no user', async () => {
  const add = `insert into club.stripe_events (id) values ('evt_1')`;
  await service.transaction((query) => query(add));
  await expect(database.withUser(alice, (tx) => tx.query(add))).rejects.toThrow('row-level security');
  expect(await service.transaction((query) => query('select id from club.stripe_events'))).toHaveLength(1);
});

test('a trigger leads somebody who moved to the rows of before', async () => {
  const triggers = openIdentityDatabase(target('identity'));
  const moved = { issuer: 'https://pool.example', subject: 'moved' };
  const id = await triggers.register(moved, alice);
  await triggers.close();
  expect(await database.withUser(alice, async (tx) => tx.userId)).toBe(id);
  expect(await database.withUser(moved, { text: 'select title from club.todos' })).toEqual([
    { title: 'hers' },
  ]);
});
