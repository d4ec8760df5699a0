import type { APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import type { Contract } from '../../../lambdas/shared/contract';
import { ApiError } from '../../../lambdas/shared/errors';
import { createHttpHandler, on, type RouteHandler } from '../../../lambdas/shared/http';
import { logger } from '../../../lambdas/shared/logger';
import { answerOf, type Call, proxyEvent } from '../../support/api';

const params = z.strictObject({ id: z.uuid() });
const query = z.strictObject({ limit: z.coerce.number().int().max(5).default(3) });
const body = z.strictObject({ name: z.string().min(1), tags: z.array(z.string()).default([]) });

const route = {
  authorization: 'user',
  summary: '',
  response: { status: 200, description: '' },
  uses: [],
} as const;
const contract: Contract = {
  domain: 'things',
  description: '',
  impact: '',
  memoryMiB: 128,
  timeoutSeconds: 10,
  routes: [
    { ...route, id: 'getThing', method: 'GET', path: '/things/{id}', params, query },
    {
      ...route,
      id: 'addThing',
      method: 'POST',
      path: '/things',
      body,
      idempotent: true,
      response: { status: 201, description: '' },
    },
    {
      ...route,
      id: 'dropThing',
      method: 'DELETE',
      path: '/things/{id}',
      params,
      response: { status: 204, description: '' },
    },
    {
      ...route,
      id: 'readSign',
      method: 'GET',
      path: '/sign',
      authorization: 'public',
      publicReason: 'a sign',
    },
  ],
};

const echo = async (request: unknown): Promise<unknown> => request;
const handlers: Record<string, RouteHandler> = {
  getThing: on({ params, query }, echo),
  addThing: on({ body }, echo),
  dropThing: on({ params }, echo),
  readSign: on({}, echo),
};
const options = { corsOrigins: ['https://app.example'] };
const identity = { issuer: 'https://issuer.example', subject: 'someone', email: 'user@example.com' };
const id = '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10';

const raw = (call: Call, changed: Record<string, RouteHandler> = {}): Promise<APIGatewayProxyResult> =>
  createHttpHandler(contract, { ...handlers, ...changed }, options)(proxyEvent({ identity, ...call }));
const call = async (request: Call, changed?: Record<string, RouteHandler>) =>
  answerOf(await raw(request, changed));
const getThing = { method: 'GET', resource: '/things/{id}', params: { id } };
const addThing = { method: 'POST', resource: '/things' };

const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  jest.spyOn(logger, 'error').mockImplementation((...args) => {
    logged.push(JSON.stringify(args, (_, value) => (value?.stack ? String(value.message) : value)));
  });
});
afterEach(() => jest.restoreAllMocks());

describe('a request', () => {
  it('reaches its use case parsed, with defaults, identity and request id', async () => {
    const { status, body: answer } = await call({ ...getThing, query: { limit: '5' } });
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      params: { id },
      query: { limit: 5 },
      identity,
      requestId: expect.any(String),
    });
    expect((await call(getThing)).body.query).toEqual({ limit: 3 });
  });

  it('comes from the address that the gateway saw, whatever a header claims', async () => {
    const headers = { 'X-Forwarded-For': '198.51.100.1' };
    expect((await call({ ...getThing, headers, sourceIp: '2001:db8::7' })).body.sourceIp).toBe('2001:db8::7');
  });

  it.each([
    ['path', { ...getThing, params: { id: '42' } }, 'id'],
    ['query', { ...getThing, query: { limit: '6' } }, 'limit'],
    ['query', { ...getThing, query: { other: '1' } }, ''],
    ['body', { ...addThing, body: { name: '' } }, 'name'],
    ['body', { ...addThing, body: { name: 'a', tags: [1] } }, 'tags.0'],
    ['body', { ...addThing, body: 'null' }, ''],
  ])('with a wrong %s is answered 400 and told where: %j', async (where, request, path) => {
    const { status, body: answer } = await call(request as Call);
    expect(status).toBe(400);
    expect(answer.error.details.issues).toContainEqual({ in: where, path, message: expect.any(String) });
  });

  it.each(['', '{', '{"name": "a"', 'name=a'])(
    'with a body that is no JSON is answered 400: %j',
    async (text) => {
      const { status, body: answer } = await call({ ...addThing, body: text });
      expect([status, answer.error.code, answer.error.message]).toEqual([
        400,
        'bad_request',
        'The body is not valid JSON.',
      ]);
    },
  );

  it('with a body of another type is answered 415', async () => {
    const form = {
      ...addThing,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'name=a',
    };
    expect(await call(form)).toMatchObject({
      status: 415,
      body: { error: { code: 'unsupported_media_type' } },
    });
  });

  it('with a body larger than 64 KiB is answered 413', async () => {
    expect(await call({ ...addThing, body: { name: 'x'.repeat(64 * 1024) } })).toMatchObject({ status: 413 });
  });

  it('cannot reach the prototype of an object', async () => {
    const { status } = await call({ ...addThing, body: '{"name":"a","__proto__":{"admin":true}}' });
    expect(status).toBe(400);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('that was encoded on its way is decoded', async () => {
    const event = proxyEvent({ ...addThing, identity, body: Buffer.from('{"name":"ü"}').toString('base64') });
    const answer = answerOf(
      await createHttpHandler(contract, handlers, options)({ ...event, isBase64Encoded: true }),
    );
    expect(answer).toMatchObject({ status: 201, body: { body: { name: 'ü', tags: [] } } });
  });

  it('without an identity is answered 401 on a user’s route, and served on a public one', async () => {
    expect(await call({ ...getThing, identity: undefined })).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    });
    expect(await call({ method: 'GET', resource: '/sign', identity: undefined })).toMatchObject({
      status: 200,
    });
  });

  it('to an unknown address is answered 404, with another method 405', async () => {
    expect(await call({ method: 'GET', resource: '/nothing' })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    expect(await call({ method: 'PUT', resource: '/things/{id}', params: { id } })).toMatchObject({
      status: 405,
      body: { error: { code: 'method_not_allowed', details: { allowed: ['GET', 'DELETE'] } } },
    });
  });
});

describe('an answer', () => {
  it('has the status of the contract, and no body for 204', async () => {
    expect((await raw({ ...addThing, body: { name: 'a' } })).statusCode).toBe(201);
    expect(await raw({ ...getThing, method: 'DELETE' })).toMatchObject({ statusCode: 204, body: '' });
  });

  it('may be read by the configured origins only', async () => {
    const allowed = await raw({ ...getThing, headers: { origin: 'https://app.example' } });
    expect(allowed.headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://app.example',
      Vary: 'Origin',
    });
    const denied = await raw({ ...getThing, headers: { Origin: 'https://evil.example' } });
    expect(denied.headers).not.toHaveProperty('Access-Control-Allow-Origin');
    const failed = await raw({
      ...getThing,
      params: { id: '42' },
      headers: { origin: 'https://app.example' },
    });
    expect(failed.headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://app.example' });
  });

  it('is never cached and never guessed at', async () => {
    expect((await raw(getThing)).headers).toMatchObject({
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
  });
});

describe('a failure', () => {
  const failing = (error: unknown) => ({ getThing: on({ params, query }, () => Promise.reject(error)) });

  it('the caller is meant to know is passed on', async () => {
    const answer = await call(
      getThing,
      failing(new ApiError('gone', 'It is over.', { details: { reason: 'age' } })),
    );
    expect(answer.status).toBe(410);
    expect(answer.body).toEqual({
      error: {
        code: 'gone',
        message: 'It is over.',
        details: { reason: 'age' },
        requestId: expect.any(String),
      },
    });
    expect(logged).toEqual([]);
  });

  it.each([
    new Error('password of db.internal is hunter2'),
    'hunter2',
    undefined,
    new TypeError('x is not a function'),
  ])('of ours reveals nothing and is logged with the request: %s', async (error) => {
    const answer = await raw(getThing, failing(error));
    expect(answer.statusCode).toBe(500);
    const { error: shown } = JSON.parse(answer.body);
    expect(shown).toEqual({
      code: 'internal',
      message: 'Something went wrong on our side.',
      requestId: expect.any(String),
    });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain(shown.requestId);
  });

  it('of a service behind us keeps its cause in the log', async () => {
    const cause = new Error('connect ECONNREFUSED 10.0.10.7');
    const answer = await raw(getThing, failing(new ApiError('unavailable', 'Try again.', { cause })));
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain('10.0.10.7');
    expect(logged[0]).toContain('10.0.10.7');
  });
});

describe('a table of handlers', () => {
  const create = (table: Record<string, RouteHandler>) => () => createHttpHandler(contract, table, options);

  it('must have every route of the contract', () => {
    const { getThing: _, ...rest } = handlers;
    expect(create(rest)).toThrow('routes and handlers of things differ: getThing');
  });

  it('must have no other route', () => {
    expect(create({ ...handlers, stray: on({}, echo) })).toThrow('stray');
  });

  it('must be bound to the schemas of the contract', () => {
    expect(create({ ...handlers, addThing: on({ body: z.strictObject({}) }, echo) })).toThrow('addThing');
    expect(create({ ...handlers, getThing: on({ params }, echo) })).toThrow('getThing');
  });
});
