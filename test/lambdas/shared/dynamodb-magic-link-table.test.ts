import { randomUUID } from 'node:crypto';
import type { NewLink, Redemption } from '../../../lambdas/shared/magic-link-table';
import { startLinkTable, type TestLinkTable } from '../../support/magic-link-table';

const start = new Date('2026-03-01T09:30:00Z');
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);

let table: TestLinkTable;
beforeAll(async () => {
  table = await startLinkTable();
});
afterAll(() => table.close());

/** A link of a user of its own, good for ten minutes. */
const newLink = (changed: Partial<NewLink> = {}): NewLink => ({
  username: randomUUID(),
  tokenHash: randomUUID(),
  tokenExpiresAt: start.getTime() / 1000 + 600,
  sentAt: start,
  requestId: randomUUID(),
  ...changed,
});

const redemption = (link: NewLink, changed: Partial<Redemption> = {}): Redemption => ({
  username: link.username,
  tokenHash: link.tokenHash,
  attempt: randomUUID(),
  now: at(5),
  ...changed,
});

const fifty = <T>(task: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, task));
const successes = (results: readonly boolean[]) => results.filter(Boolean).length;

describe('sending', () => {
  it('lets one of 50 parallel requests for a user through', async () => {
    const { username } = newLink();
    expect(successes(await fifty(() => table.replaceLink(newLink({ username }))))).toBe(1);
  });

  it('lets nobody have a second mail before 60 s are over', async () => {
    const link = newLink();
    expect(await table.replaceLink(link)).toBe(true);
    expect(await table.replaceLink({ ...link, requestId: randomUUID(), sentAt: at(59.999) })).toBe(false);
    expect(await table.replaceLink({ ...link, requestId: randomUUID(), sentAt: at(60) })).toBe(true);
  });

  it('lets a repeated invocation send again, until its link has been redeemed', async () => {
    const link = newLink();
    const repeated = { ...link, tokenHash: randomUUID(), sentAt: at(1) };
    expect(await table.replaceLink(link)).toBe(true);
    expect(await table.replaceLink(repeated)).toBe(true);
    expect(await table.redeem(redemption(link))).toBe(false);
    expect(await table.redeem(redemption(repeated))).toBe(true);
    expect(await table.replaceLink({ ...link, tokenHash: randomUUID(), sentAt: at(6) })).toBe(false);
  });

  it('keeps the hash for as long as the spacing counts, and names its end to DynamoDB', async () => {
    const link = newLink();
    await table.replaceLink(link);
    const item = (await table.items()).find(({ pk }) => pk === `user#${link.username}`);
    expect(item).toMatchObject({ tokenHash: link.tokenHash, sentAt: String(start.getTime()) });
    expect(Number(item?.expiresAt)).toBeGreaterThan(link.tokenExpiresAt);
  });
});

describe('redeeming', () => {
  it('succeeds for one of 50 parallel attempts', async () => {
    const link = newLink();
    await table.replaceLink(link);
    expect(successes(await fifty(() => table.redeem(redemption(link))))).toBe(1);
  });

  it('succeeds again for the same attempt within 20 s, as Cognito repeats a trigger, and for no other', async () => {
    const link = newLink();
    await table.replaceLink(link);
    const attempt = randomUUID();
    expect(await table.redeem(redemption(link, { attempt }))).toBe(true);
    expect(await table.redeem(redemption(link, { attempt, now: at(20) }))).toBe(true);
    expect(await table.redeem(redemption(link))).toBe(false);
    // A repetition does not make the time longer.
    expect(await table.redeem(redemption(link, { attempt, now: at(25) }))).toBe(false);
  });

  it('fails when the link has expired, although the item is still there', async () => {
    const link = newLink();
    await table.replaceLink(link);
    expect(await table.redeem(redemption(link, { now: at(600) }))).toBe(false);
    expect(await table.redeem(redemption(link, { now: at(599.999) }))).toBe(true);
  });

  it('fails for a link that a newer one has replaced', async () => {
    const first = newLink();
    const second = { ...newLink({ username: first.username }), sentAt: at(60) };
    await table.replaceLink(first);
    await table.replaceLink(second);
    expect(await table.redeem(redemption(first, { now: at(61) }))).toBe(false);
    expect(await table.redeem(redemption(second, { now: at(61) }))).toBe(true);
  });

  it('fails for a user who was never sent one, and leaves nothing behind', async () => {
    const link = newLink();
    expect(await table.redeem(redemption(link))).toBe(false);
    expect((await table.items()).some(({ pk }) => pk === `user#${link.username}`)).toBe(false);
  });
});

describe('counting requests of an address', () => {
  it('lets exactly the limit through when 50 come at once', async () => {
    const addressHash = randomUUID();
    const count = () => table.countRequest({ addressHash, now: start, limit: 20 });
    expect(successes(await fifty(count))).toBe(20);
  });

  it('counts each address and each hour for itself', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    const count = (addressHash: string, now: Date) => table.countRequest({ addressHash, now, limit: 1 });
    expect(await count(one, start)).toBe(true);
    expect(await count(one, at(1799))).toBe(false);
    expect(await count(other, start)).toBe(true);
    expect(await count(one, at(1800))).toBe(true);
  });
});
