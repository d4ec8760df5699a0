import { removeTemporaryDirectories } from '../deployed-app';
import { type ExampleApi, poolToken, serveExampleApi } from './example-api';

let served: ExampleApi;

beforeAll(async () => {
  served = await serveExampleApi();
});

afterAll(async () => {
  await served.close();
  removeTemporaryDirectories();
});

const call = (path: string, init?: RequestInit) => fetch(served.url + path, init);
// biome-ignore lint/suspicious/noExplicitAny: events are read in tests only
const eventOf = async (path: string, init?: RequestInit): Promise<any> => (await call(path, init)).json();
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('routing', () => {
  test('a literal segment wins over a parameter, a parameter over a greedy one', async () => {
    expect((await call('/things/special?case=empty')).status).toBe(204);
    expect(await eventOf('/things/other')).toMatchObject({
      resource: '/things/{id}',
      pathParameters: { id: 'other' },
    });
    expect(await eventOf('/files/a/b%20c')).toMatchObject({
      resource: '/files/{proxy+}',
      pathParameters: { proxy: 'a/b c' },
    });
  });

  test('an unknown path and an unknown method are refused as on AWS', async () => {
    for (const answer of [
      await call('/nothing'),
      await call('/things'),
      await call('/things/x', { method: 'DELETE' }),
    ]) {
      expect(answer.status).toBe(403);
      expect(await answer.json()).toEqual({ message: 'Missing Authentication Token' });
    }
  });
});

describe('events of proxy integrations', () => {
  test('have the shape of payload version 1', async () => {
    const event = await eventOf('/things/a%2Fb?tag=1&tag=2&word=%C3%A4', {
      headers: { 'X-Custom': 'v', 'User-Agent': 'test' },
    });
    expect(event).toMatchObject({
      resource: '/things/{id}',
      path: '/things/a%2Fb',
      httpMethod: 'GET',
      pathParameters: { id: 'a/b' },
      queryStringParameters: { tag: '2', word: 'ä' },
      multiValueQueryStringParameters: { tag: ['1', '2'], word: ['ä'] },
      stageVariables: { colour: 'blue' },
      body: null,
      isBase64Encoded: false,
      requestContext: {
        resourcePath: '/things/{id}',
        httpMethod: 'GET',
        stage: 'v1',
        accountId: '000000000000',
        protocol: 'HTTP/1.1',
        requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(event.multiValueHeaders).toMatchObject({
      'X-Forwarded-For': ['127.0.0.1'],
      'X-Forwarded-Proto': ['http'],
    });
    expect(event.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  test('carry binary media types as base64 and everything else as text', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0xff]);
    const png = await eventOf('/things/upload', {
      method: 'PUT',
      headers: { 'content-type': 'image/png' },
      body: bytes,
    });
    expect(png).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
    const text = await eventOf('/things/upload', {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: 'grün',
    });
    expect(text).toMatchObject({ body: 'grün', isBase64Encoded: false });
  });

  test('a body above 10 MB never reaches the function', async () => {
    const answer = await call('/things/upload', { method: 'PUT', body: Buffer.alloc(10 * 1024 ** 2 + 1) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ message: 'Request Too Long' });
  });
});

describe('answers of proxy integrations', () => {
  const special = (name: string, init?: RequestInit) => call(`/things/special?case=${name}`, init);

  test('keep status, headers and every value of a header that is sent more than once', async () => {
    const answer = await special('multi');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-one')).toBe('1');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.text()).toBe('made');
  });

  test('become bytes when the caller accepts a binary media type, and stay base64 otherwise', async () => {
    const asBytes = await special('bytes', { headers: { accept: 'image/png' } });
    expect(Buffer.from(await asBytes.arrayBuffer()).toString('hex')).toBe('89504e47');
    expect(await (await special('bytes', { headers: { accept: 'text/html' } })).text()).toBe('iVBORw==');
  });

  test.each(['shape', 'throw', 'large'])(
    '%s: an answer API Gateway cannot use is 502 and reveals nothing',
    async (name) => {
      const answer = await special(name);
      expect(answer.status).toBe(502);
      expect(await answer.json()).toEqual({ message: 'Internal server error' });
    },
  );

  test('a function that is slower than the integration may take is 504', async () => {
    const answer = await special('slow');
    expect(answer.status).toBe(504);
    expect(await answer.json()).toEqual({ message: 'Endpoint request timed out' });
  });
});

describe('preflight requests', () => {
  const preflight = (origin: string) =>
    call('/things', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test('are answered without a function, for the second origin too', async () => {
    for (const origin of ['http://localhost:3000', 'http://localhost:5173']) {
      const answer = await preflight(origin);
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    }
    expect((await preflight('http://evil.example')).headers.get('access-control-allow-origin')).toBe(
      'http://localhost:3000',
    );
  });
});

describe('request validation', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    call(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'X-Wanted': '1', ...headers },
    });

  test('lets a good request through', async () => {
    expect((await post('/things?kind=a', '{"name":"ok","size":3}')).status).toBe(200);
  });

  test.each([
    ['{}', 'required'],
    ['{"name":"much too long"}', 'name'],
    ['{"name":"ok","size":10}', 'size'],
    ['{"name":"ok","other":1}', 'additional'],
    ['[]', 'object'],
    ['{oops', 'Unable to parse'],
    ['', 'required'],
  ])('refuses the body %s', async (body, reason) => {
    const answer = await post('/things?kind=a', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(await answer.text()).toContain(reason);
  });

  test('names the parameters that are missing', async () => {
    const answer = await call('/things', { method: 'POST', body: '{"name":"ok"}' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ message: 'Missing required request parameters: [kind, X-Wanted]' });
  });
});

describe('Cognito authorizer', () => {
  test('hands claims on as texts', async () => {
    const { requestContext } = await eventOf('/mine', bearer(poolToken({ email: 'user@example.com' })));
    expect(requestContext.authorizer.claims).toMatchObject({
      sub: 'user-1',
      email: 'user@example.com',
      'cognito:groups': 'a,b',
      exp: expect.stringMatching(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}$/),
    });
    const bare = await call('/mine', { headers: { authorization: poolToken() } });
    expect(bare.status).toBe(200);
  });

  test.each([
    ['no token', undefined],
    ['garbage', 'garbage'],
    ['an expired token', poolToken({ exp: 1 })],
    [
      'a token of another pool',
      poolToken({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other' }),
    ],
    ['a token of another client', poolToken({ aud: 'otherclient' })],
    ['a client whose id only begins like ours', poolToken({ aud: 'exampleclient2' })],
    ['an access token', poolToken({ token_use: 'access', client_id: 'exampleclient', aud: undefined })],
    ['an unsigned token', poolToken().replace(/\.[^.]*$/, '.')],
  ])('%s is refused by the gateway response of the template', async (_what, token) => {
    const answer = await call('/mine', {
      headers: { ...(token && { authorization: `Bearer ${token}` }), origin: 'http://o' },
    });
    expect(answer.status).toBe(418);
    expect(answer.headers.get('x-fixed')).toBe('yes');
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://o');
    expect(await answer.json()).toEqual({
      said: expect.stringMatching(/Unauthorized|expired/),
      id: answer.headers.get('x-amzn-requestid'),
      type: 'UNAUTHORIZED',
    });
  });

  test('a method with scopes wants an access token that has one', async () => {
    const access = (scope: string) => poolToken({ token_use: 'access', scope, aud: 'exampleclient' });
    expect((await call('/scoped', bearer(access('things/read other')))).status).toBe(200);
    expect((await call('/scoped', bearer(access('other')))).status).toBe(418);
    expect((await call('/scoped', bearer(poolToken()))).status).toBe(418);
  });
});

describe('token authorizer', () => {
  test('gives its context, and is asked once per token', async () => {
    const first = await eventOf('/guarded', bearer('good'));
    expect(first.requestContext.authorizer).toMatchObject({
      principalId: 'p',
      sub: 'u',
      calls: expect.stringMatching(/^\d+$/),
    });
    const second = await eventOf('/guarded', { ...bearer('good'), method: 'POST' });
    expect(second.requestContext.authorizer.calls).toBe(first.requestContext.authorizer.calls);
  });

  test.each([
    ['', 418],
    ['!', 418],
    ['unknown', 418],
    ['broken', 500],
    ['odd', 500],
    ['denied', 403],
  ])('token "%s" is answered with %d', async (token, status) => {
    expect((await call('/guarded', token ? bearer(token) : {})).status).toBe(status);
  });

  test('a cached policy for one method does not open another', async () => {
    expect((await call('/guarded', bearer('narrow'))).status).toBe(200);
    const answer = await call('/guarded', { ...bearer('narrow'), method: 'POST' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ message: 'User is not authorized to access this resource' });
  });
});

test('every request is one line: time, method, path, status, milliseconds, who answered', async () => {
  await call('/things/x');
  await call('/nothing?secret=1');
  expect(served.logLines).toContainEqual(
    expect.stringMatching(/^\d\d:\d\d:\d\d GET \/things\/x 200 \d+ ms Echo$/),
  );
  expect(served.logLines).toContainEqual(
    expect.stringMatching(/GET \/nothing 403 \d+ ms gateway MISSING_AUTHENTICATION_TOKEN$/),
  );
});
