import { randomUUID } from 'node:crypto';
import type { LinkRequest } from '../../../lambdas/shared/magic-link';
import { MagicLinkPool, redirectUri } from '../../support/magic-link-pool';
import { startLinkTable, type TestLinkTable } from '../../support/magic-link-table';

let table: TestLinkTable;
let pool: MagicLinkPool;
beforeAll(async () => {
  table = await startLinkTable();
});
beforeEach(() => {
  pool = new MagicLinkPool(table);
});
afterAll(() => table.close());

function linkRequest(changed: Partial<LinkRequest> = {}): LinkRequest {
  const username = pool.addUser('user@example.com');
  const { userPoolId, clientId } = pool;
  return {
    userPoolId,
    clientId,
    username,
    email: 'user@example.com',
    verified: true,
    redirectUri,
    ...changed,
  };
}
const redeemed = async (username: string, token: string) =>
  'tokens' in (await pool.answerChallenge({ username, answer: token }));

it('mails the link to the page that was asked for', async () => {
  const request = linkRequest();
  await pool.send(request);
  expect(pool.mails).toHaveLength(1);
  expect(pool.mails[0]?.mail.text).toContain(`${redirectUri}#token=v1.`);
  expect(await redeemed(request.username, pool.newestToken())).toBe(true);
});

it('mails one of 50 requests that come at once, and the link of that one works', async () => {
  const request = linkRequest();
  await Promise.all(Array.from({ length: 50 }, () => pool.send(request)));
  expect(pool.mails).toHaveLength(1);
  expect(pool.outcomes.filter((outcome) => outcome === 'too soon')).toHaveLength(49);
  expect(await redeemed(request.username, pool.newestToken())).toBe(true);
});

it('sends again when Lambda repeats the event because the mail had failed', async () => {
  const request = linkRequest();
  const requestId = randomUUID();
  pool.mailFails = true;
  await expect(pool.send(request, requestId)).rejects.toThrow('SES is not there');
  pool.mailFails = false;
  await pool.send(request);
  expect(pool.mails).toHaveLength(0);
  await pool.send(request, requestId);
  expect(pool.mails).toHaveLength(1);
  expect(await redeemed(request.username, pool.newestToken())).toBe(true);
});

it('does not send again when Lambda repeats an event whose link has been used', async () => {
  const request = linkRequest();
  const requestId = randomUUID();
  await pool.send(request, requestId);
  await redeemed(request.username, pool.newestToken());
  await pool.send(request, requestId);
  expect(pool.mails).toHaveLength(1);
});

it('neither writes nor mails for somebody who does not exist', async () => {
  const request = linkRequest({ verified: false });
  await pool.send(request);
  expect(pool.outcomes).toEqual(['unknown']);
  expect(pool.mails).toEqual([]);
  expect((await table.items()).some(({ pk }) => pk === `user#${request.username}`)).toBe(false);
});
