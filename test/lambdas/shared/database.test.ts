import type { Database } from '../../../lambdas/shared/database';
import type { Identity } from '../../../lambdas/shared/identity';
import { startTestDatabase, type TestDatabase } from '../../support/database';

let test: TestDatabase;
let database: Database;

const alice: Identity = { issuer: 'https://issuer.example', subject: 'alice', email: 'user@example.com' };
const bob: Identity = { issuer: 'https://issuer.example', subject: 'bob' };

beforeAll(async () => {
  test = await startTestDatabase();
  database = test.open();
});

afterAll(() => test.close());

it('runs as the user of the identity', async () => {
  const rows = await database.withUser(alice, { text: 'select email from landfall.users' });
  expect(rows).toEqual([{ email: 'user@example.com' }]);
});
