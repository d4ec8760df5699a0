import { loadConfig } from '../../lib/config/load';
import { shareConnections } from '../../lib/connections';
import { concurrencyOf } from '../../lib/constructs/connection-budget';
import { allVariants } from '../support/variants';

const total = (shares: ReadonlyMap<string, number> | undefined) =>
  [...(shares?.values() ?? [])].reduce((sum, share) => sum + share, 0);

test('API, triggers and exports share what the jobs on a schedule leave', () => {
  // 0.8 of 100 are for functions, and two of them for the two sweeps.
  const shares = shareConnections(loadConfig('dev', 'platform'), 100);
  expect([...(shares?.keys() ?? [])]).toEqual([
    ...['health', 'account', 'documents', 'jobs', 'photos'],
    ...['documents-worker', 'candidates-worker', 'candidate-imports-worker', 'photos-worker'],
    ...['account-export', 'pre-token-generation', 'post-confirmation'],
  ]);
  expect(total(shares)).toBe(78);
});

test('a worker has two copies at least, or its messages could not be limited to them', () => {
  const shares = shareConnections(loadConfig('dev', 'platform'), 23);
  expect(total(shares)).toBe(16);
  for (const [name, copies] of shares ?? [])
    expect([name, copies]).toEqual([name, /worker$/.test(name) ? 2 : 1]);
});

test('a sign-in asks for a token more often than it begins an account', () => {
  const shares = shareConnections(loadConfig('prod', 'platform'), 1000);
  expect(shares?.get('pre-token-generation')).toBeGreaterThan(3 * (shares?.get('post-confirmation') ?? 0));
});

test('without a pool of ours its triggers need none, and with imported hashes the migration needs some', () => {
  const none = shareConnections(loadConfig('dev', 'documents'), 100);
  expect([...(none?.keys() ?? [])]).toEqual([
    ...['health', 'account', 'documents', 'documents-worker', 'account-export'],
  ]);
  const full = allVariants().find(({ name }) => name === 'identity-full');
  expect(full && shareConnections(full, 100)?.get('user-migration')).toBeGreaterThan(1);
});

test('an external database is not counted, and its functions say why', () => {
  const shares = shareConnections(loadConfig('dev', 'platform'), undefined);
  expect(shares).toBeUndefined();
  expect(concurrencyOf(shares, 'documents')).toEqual({
    reason: expect.stringMatching(/^Limits exist to/),
    date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
  });
});

test('a database that is too small is refused with the functions that need it', () => {
  expect(() => shareConnections(loadConfig('dev', 'platform'), 8)).toThrow(
    /4 connections for 12 functions \(health, account, documents, jobs, .*\), expected at least 16/,
  );
});
