import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, redeem } from '../../../lambdas/auth-challenge-verify/redeem';
import { issueToken, type MagicLink, tokenHash } from '../../../lambdas/shared/magic-link';
import { checkMac, sign } from '../../support/magic-link-pool';
import { startLinkTable, type TestLinkTable } from '../../support/magic-link-table';

const now = new Date('2026-03-01T09:30:00Z');
const expiresAt = now.getTime() / 1000 + 600;

let table: TestLinkTable;
beforeAll(async () => {
  table = await startLinkTable();
});
afterAll(() => table.close());

const deps = (time = now) => ({ table, checkMac, clock: () => time });

/** An outstanding link whose token says what `changed` says, with the right answer to its challenge. */
async function outstanding(changed: Partial<MagicLink> = {}, signer = sign): Promise<Answer> {
  const link = { userPoolId: 'us-east-1_AbCdEfGhI', clientId: 'client', username: randomUUID(), expiresAt };
  const token = await issueToken({ ...link, ...changed }, randomBytes(32), signer);
  await table.replaceLink({
    username: link.username,
    tokenHash: tokenHash(token),
    tokenExpiresAt: expiresAt,
    sentAt: now,
    requestId: randomUUID(),
  });
  const { userPoolId, clientId, username } = link;
  return { userPoolId, clientId, username, userNotFound: false, answer: token, attempt: randomUUID() };
}

it('accepts the token of the outstanding link, once', async () => {
  const answer = await outstanding();
  expect(await redeem(deps(), answer)).toBe(true);
  expect(await redeem(deps(), { ...answer, attempt: randomUUID() })).toBe(false);
});

it('accepts it again when Cognito repeats the question', async () => {
  const answer = await outstanding();
  expect(await redeem(deps(), answer)).toBe(true);
  expect(await redeem(deps(), answer)).toBe(true);
});

it('accepts one of 50 parallel answers', async () => {
  const answer = await outstanding();
  const results = await Promise.all(
    Array.from({ length: 50 }, () => redeem(deps(), { ...answer, attempt: randomUUID() })),
  );
  expect(results.filter(Boolean)).toHaveLength(1);
});

it.each<[string, Partial<MagicLink>]>([
  ['another pool', { userPoolId: 'us-east-1_Other' }],
  ['another client', { clientId: 'other' }],
  ['another user', { username: 'other' }],
  ['a time that is over', { expiresAt: now.getTime() / 1000 }],
])('refuses a token for %s, although its hash is in the table', async (_, changed) => {
  expect(await redeem(deps(), await outstanding(changed))).toBe(false);
});

it('refuses a token whose code another key made, although its hash is in the table', async () => {
  const answer = await outstanding({}, async (text) => randomBytes(32).fill(text.length));
  expect(await redeem(deps(), answer)).toBe(false);
});

it('refuses a token that is right in itself and was never sent', async () => {
  const answer = await outstanding();
  const { userPoolId, clientId, username } = answer;
  const forged = await issueToken({ userPoolId, clientId, username, expiresAt }, randomBytes(32), sign);
  expect(await redeem(deps(), { ...answer, answer: forged })).toBe(false);
  expect(await redeem(deps(), answer)).toBe(true);
});

it('refuses a changed token and leaves the real one usable', async () => {
  const answer = await outstanding();
  const changed = answer.answer.replace(/.(?=\.[^.]+$)/, (c) => (c === 'A' ? 'B' : 'A'));
  expect(await redeem(deps(), { ...answer, answer: changed })).toBe(false);
  expect(await redeem(deps(), answer)).toBe(true);
});

it('refuses a user who does not exist, and a challenge without an id', async () => {
  expect(await redeem(deps(), { ...(await outstanding()), userNotFound: true })).toBe(false);
  expect(await redeem(deps(), { ...(await outstanding()), attempt: undefined })).toBe(false);
});

it('asks neither key nor table about the word that asks for a link', async () => {
  const none = () => Promise.reject(new Error('was asked'));
  const blind = { table: { redeem: none }, checkMac: none, clock: () => now };
  expect(await redeem(blind, { ...(await outstanding()), answer: 'send' })).toBe(false);
});
