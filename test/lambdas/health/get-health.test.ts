import { getHealth, type HealthDependencies } from '../../../lambdas/health/get-health';
import { logger } from '../../../lambdas/shared/logger';

const up = { ping: async () => undefined };
const down = { ping: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.10.7:5432 as app')) };
const silent = { ping: () => new Promise<never>(() => undefined) };
const health = (changed: Partial<HealthDependencies>) =>
  getHealth({ version: '1.2.3', database: up, cache: up, ...changed });

beforeEach(() => jest.spyOn(logger, 'error').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

it('is ok when everything answers', async () => {
  expect(await health({})).toEqual({
    status: 'ok',
    version: '1.2.3',
    checks: { database: 'ok', cache: 'ok' },
  });
});

it('is ok without a cache where there is none', async () => {
  expect(await health({ cache: undefined })).toMatchObject({ checks: { cache: 'off' } });
});

it.each([
  [{ database: down }, { database: 'unreachable', cache: 'ok' }],
  [{ cache: down }, { database: 'ok', cache: 'unreachable' }],
  [
    { database: down, cache: undefined },
    { database: 'unreachable', cache: 'off' },
  ],
])('is unavailable, and names what is missing but not where it is: %#', async (changed, checks) => {
  const error = await health(changed).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'unavailable', status: 503, details: { version: '1.2.3', checks } });
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/10\.0|5432|ECONN/);
});

it('does not wait for what does not answer', async () => {
  jest.useFakeTimers();
  const late = health({ database: silent }).catch((caught) => caught);
  await jest.advanceTimersByTimeAsync(4_000);
  expect(await late).toMatchObject({ code: 'unavailable' });
  jest.useRealTimers();
});
