/**
 * The authorization matrix: every route that the templates declare, times every way not to be allowed. The rows
 * come from the synthesized API, so a route nobody thought of is in it; the expectations from the contracts.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Route } from '../../lambdas/shared/contract';
import { blueprints } from '../../lib/config/blueprints';
import { loadConfig } from '../../lib/config/load';
import { contractsOf } from '../../lib/contracts';
import { createKey, issueJwt, loadKey, type SigningKey } from '../../scripts/local/aws/jwt';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory, type Template } from '../support/assembly';
import { expectExercised } from '../support/exercised';
import { type Answer, DocumentsClient, pdf, pdfType } from './documents-client';

/** Values of the parameters of a path; one that is missing becomes an id that nobody has. */
type Ids = Readonly<Record<string, string>>;
type Claims = Readonly<Record<string, unknown>>;

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** `GET /documents/{id}` for every method of the REST API in the assembly, CORS preflights aside. */
const routesIn = (assembly: string): string[] => Object.keys(guardsIn(assembly)).sort();

/** Routes with who lets callers in: a type of authorizer, or nobody. */
function guardsIn(assembly: string): Record<string, object> {
  const [template] = readdirSync(assembly)
    .filter((file) => file.endsWith('-api.template.json'))
    .map((file): Template => JSON.parse(readFileSync(path.join(assembly, file), 'utf8')));
  const resources = template?.Resources ?? {};
  const pathOf = (id: { Ref?: string }): string => {
    const resource = id.Ref === undefined ? undefined : resources[id.Ref];
    return resource ? `${pathOf(resource.Properties.ParentId)}/${resource.Properties.PathPart}` : '';
  };
  return Object.fromEntries(
    Object.values(resources)
      .filter(
        ({ Type, Properties }) => Type === 'AWS::ApiGateway::Method' && Properties.HttpMethod !== 'OPTIONS',
      )
      .map(({ Properties: { HttpMethod, ResourceId, AuthorizationType, AuthorizerId } }) => [
        `${HttpMethod} ${pathOf(ResourceId)}`,
        { AuthorizationType, authorizer: resources[AuthorizerId?.Ref]?.Type },
      ]),
  );
}

/** The keys that the local issuer signs with: its tokens verify, so only their claims can be wrong. */
function issuerKey(stateDirectory: string): SigningKey {
  const directory = path.join(stateDirectory, 'aws');
  const read = (file: string) => readFileSync(path.join(directory, file), 'utf8');
  if (existsSync(path.join(directory, 'oidc-issuer.json')))
    return loadKey(JSON.parse(read('oidc-issuer.json')));
  // The pool's journal has an entry a line; the first of its keys signs ID tokens.
  const [journal = ''] = readdirSync(path.join(directory, 'cognito')).filter((file) =>
    /_.*\.jsonl$/.test(file),
  );
  const entries = read(path.join('cognito', journal))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return loadKey(entries.find(([kind]) => kind === 'keys')[2][0]);
}

const upload = { name: 'x', type: 'resume', fileName: 'x.pdf', mimeType: pdfType, fileSize: 10 };

/** A body that its route accepts, by route id: only what a test adds to it can be wrong. */
const bodies: Readonly<Record<string, object>> = {
  createUpload: upload,
  updateDocument: { name: 'Taken over' },
  createPhotoUpload: { mimeType: 'image/jpeg', fileSize: 1000 },
  updatePhoto: { isPrimary: true },
  orderPhotos: { ids: [] },
  updateAccount: { name: 'Taken over' },
  createJob: { title: 'Taken over' },
  updateJob: { title: 'Taken over' },
  createCandidate: { fileName: 'a.pdf', fileSize: 100, mimeType: 'application/pdf' },
  createCandidateImport: { fileName: 'a.zip', fileSize: 100 },
  completeCandidateImport: { parts: [{ partNumber: 1, etag: 'x' }] },
  // No mail leaves, because this address is not in the list; what a token would change shows all the same.
  requestMagicLink: { email: 'user@example.com', redirectUri: 'https://elsewhere.example/' },
  verifyMagicLink: { token: 'v1.e30.AA' },
};

/** What a caller might add to a body to act for somebody else. */
const foreignMembers: readonly object[] = [
  { userId: randomUUID() },
  { user_id: randomUUID() },
  { ownerId: randomUUID() },
  { tenantId: randomUUID() },
  { id: randomUUID() },
  { key: 'users/x/y' },
  { s3Key: 'users/x/y' },
  { role: 'admin' },
];

/** Together they have every route, and each way to sign in: what the others have is a part of it. */
const matrixOf = ['platform', 'documents'] as const;

test.each(Object.values(blueprints))(
  'every route of blueprint $name is guarded as in the matrix',
  (blueprint) => {
    const twin = blueprint.identity === 'cognito' ? 'platform' : 'documents';
    const guards = guardsIn(assemblyDirectory(`local-${blueprint.name}`));
    expect(guardsIn(assemblyDirectory(`local-${twin}`))).toMatchObject(guards);
  },
);

/** Tokens that must not be accepted, each made from a good one by changing one thing. */
async function badTokens(good: string, own: SigningKey): Promise<Record<string, string | undefined>> {
  const claims = claimsOf(good);
  const foreign = await createKey();
  const [header = '', body = '', signature = ''] = good.split('.');
  const hmacText = `${part({ alg: 'HS256', kid: own.kid })}.${body}`;
  const publicKey = own.publicKey.export({ type: 'spki', format: 'pem' });
  return {
    'no token': undefined,
    'an empty bearer': '',
    garbage: 'garbage',
    'three parts of garbage': 'a.b.c',
    'a cut signature': `${header}.${body}.${signature.slice(0, -8)}`,
    'changed claims under an old signature': `${header}.${part({ ...claims, sub: randomUUID() })}.${signature}`,
    'algorithm none': `${part({ alg: 'none', kid: own.kid })}.${body}.`,
    'the public key used as an HMAC secret': `${hmacText}.${createHmac('sha256', publicKey).update(hmacText).digest('base64url')}`,
    'a key nobody published': issueJwt(foreign, claims),
    'a foreign key under the published id': issueJwt({ ...foreign, kid: own.kid }, claims),
    expired: issueJwt(own, { ...claims, exp: Math.floor(Date.now() / 1000) - 3600 }),
    'no expiry': issueJwt(own, { ...claims, exp: undefined }),
    'another issuer': issueJwt(own, { ...claims, iss: 'https://issuer.invalid' }),
    'another pool': issueJwt(own, { ...claims, iss: `${claims.iss}x` }),
    'another client': issueJwt(own, { ...claims, aud: 'another-client' }),
    'a client whose id contains ours': issueJwt(own, { ...claims, aud: `x${claims.aud}x` }),
    'no audience': issueJwt(own, { ...claims, aud: undefined }),
    // Only Cognito marks what a token is for; other issuers tell ID and access tokens apart by audience.
    ...(claims.token_use !== undefined && {
      'an access token': issueJwt(own, {
        ...claims,
        token_use: 'access',
        aud: undefined,
        client_id: claims.aud,
      }),
      'an access token with our audience': issueJwt(own, { ...claims, token_use: 'access' }),
    }),
  };
}

describe.each(matrixOf)('authorization of blueprint %s', (name) => {
  const stateDirectory = mkdtempSync(path.join(tmpdir(), 'landfall-authorization-'));
  const routes: readonly Route[] = contractsOf(loadConfig('local', name)).flatMap(
    (contract) => contract.routes,
  );
  const guarded = routes.filter(({ authorization }) => authorization === 'user');
  const open = routes.filter(({ authorization }) => authorization === 'public');
  let runtime: Runtime;
  let tokens: Record<string, string | undefined>;
  let owner: DocumentsClient;
  let stranger: DocumentsClient;

  /** A request that only the token can be wrong about. */
  const request = (client: DocumentsClient, route: Route, ids: Ids, added: object = {}) =>
    client.call(
      route.method,
      route.path.replace(/\{(\w+)\}/g, (_, parameter) => ids[parameter] ?? randomUUID()),
      route.body && { ...bodies[route.id], ...added },
    );

  beforeAll(async () => {
    runtime = await startRuntime({
      port: 0,
      stateDirectory,
      blueprint: name,
      assembly: assemblyDirectory(`local-${name}`),
    });
    const good = await runtime.identity.token('user@example.com');
    owner = new DocumentsClient(runtime.url, good);
    stranger = new DocumentsClient(runtime.url, await runtime.identity.token('second@example.com'));
    tokens = await badTokens(good, issuerKey(stateDirectory));
  }, 240_000);

  afterAll(async () => {
    await runtime?.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  test('every synthesized route is a row of the matrix', () => {
    expect(routesIn(assemblyDirectory(`local-${name}`))).toEqual(
      routes.map(({ method, path: route }) => `${method} ${route}`).sort(),
    );
  });

  test('every route with a body has a sample that its schema accepts', () => {
    const wrong = routes.filter(({ id, body }) => body && !body.safeParse(bodies[id]).success);
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  test('the samples differ from a good token in nothing but what they are about', async () => {
    const good = await runtime.identity.token('user@example.com');
    const reissued = issueJwt(issuerKey(stateDirectory), claimsOf(good));
    expect(await new DocumentsClient(runtime.url, reissued).get('/documents')).toMatchObject({ status: 200 });
  });

  test.each(guarded)('$method $path refuses every token that is not good', async (route) => {
    const answers: Record<string, unknown> = {};
    for (const [what, token] of Object.entries(tokens)) {
      const { status, body } = await request(new DocumentsClient(runtime.url, token), route, {});
      answers[what] = { status, code: body?.error?.code };
    }
    const refused = Object.fromEntries(
      Object.keys(tokens).map((what) => [what, { status: 401, code: 'unauthorized' }]),
    );
    expect(answers).toEqual(refused);
  });

  describe('with another user’s object', () => {
    /** The owner's, by the beginning of the paths that lead to them; the longest that fits counts. */
    const mine: Record<string, Ids> = {};
    let strangersJob: string;

    const announced = async (start: string, body: object) => {
      const upload = await owner.call('POST', start, body);
      if (upload.body.fields) await owner.post(upload, pdf);
      expect(upload.status).toBe(201);
      return upload.body.id as string;
    };

    beforeAll(async () => {
      const file = { bytes: pdf, mimeType: pdfType, fileName: 'resume.pdf', name: 'Mine' };
      mine['/documents/{id}'] = { id: (await owner.upload(file)).body.id };
      const upload = await owner.announce(file);
      await owner.post(upload, pdf);
      mine['/documents/uploads/{id}'] = { id: upload.body.id };
      if (!routes.some(({ path: route }) => route === '/jobs')) return;
      const image = { mimeType: 'image/jpeg', fileSize: pdf.length };
      mine['/photos/uploads/{id}'] = { id: await announced('/photos/uploads', image) };
      mine['/photos/{id}'] = { id: await announced('/photos/uploads', image) };
      const id = (await owner.call('POST', '/jobs', { title: 'Mine' })).body.id;
      strangersJob = (await stranger.call('POST', '/jobs', { title: 'Theirs' })).body.id;
      mine['/jobs/{id}'] = { id };
      const candidate = { fileName: 'a.pdf', fileSize: pdf.length, mimeType: pdfType };
      const candidateId = await announced(`/jobs/${id}/candidates`, candidate);
      await owner.call('POST', `/jobs/${id}/candidates/${candidateId}/complete`);
      mine['/jobs/{id}/candidates/{candidateId}'] = { id, candidateId };
      mine['/jobs/{id}/candidates/{candidateId}/complete'] = {
        id,
        candidateId: await announced(`/jobs/${id}/candidates`, candidate),
      };
      const importId = await announced(`/jobs/${id}/candidates/bulk`, { fileName: 'a.zip', fileSize: 100 });
      mine['/jobs/{id}/candidates/bulk/{importId}'] = { id, importId };
    });

    const ownersIds = (route: Route): Ids => {
      const [longest] = Object.keys(mine)
        .filter((start) => route.path.startsWith(start))
        .sort((one, other) => other.length - one.length);
      if (longest === undefined) throw new Error(`expected an object for ${route.path}`);
      return mine[longest] as Ids;
    };
    /** Of an answer, what does not differ from call to call. */
    const errorOf = ({ status, body }: Answer) => ({ status, ...body?.error, requestId: undefined });

    test.each(guarded.filter(({ path: route }) => route.includes('{')))(
      '$method $path answers as if it did not exist',
      async (route) => {
        const others = errorOf(await request(stranger, route, ownersIds(route)));
        expect(others.status).toBe(404);
        expect(errorOf(await request(stranger, route, {}))).toEqual(others);
      },
    );

    test('no route takes it as part of an own object', async () => {
      for (const route of guarded.filter(({ path: nested }) => /\{id\}.*\{/.test(nested))) {
        const ids = { ...ownersIds(route), id: strangersJob };
        const { status } = await request(stranger, route, ids);
        expect([route.id, status]).toEqual([route.id, 404]);
      }
    });

    test('it is untouched, and in no list but its owner’s', async () => {
      const own = async (start: string) =>
        owner.get(start.replace(/\{(\w+)\}/g, (_, parameter) => mine[start]?.[parameter] ?? ''));
      expect(await own('/documents/{id}')).toMatchObject({ status: 200, body: { name: 'Mine' } });
      expect((await stranger.get('/documents')).body.items).toEqual([]);
      expect((await owner.get('/documents')).body.items).toHaveLength(1);
      if (!mine['/jobs/{id}']) return;
      const job = { title: 'Mine', status: 'open', candidates: { failed: 0 } };
      expect(await own('/jobs/{id}')).toMatchObject({ status: 200, body: job });
      expect(await own('/jobs/{id}/candidates/{candidateId}')).toMatchObject({
        status: 200,
        body: { fileName: 'a.pdf' },
      });
      expect(await own('/jobs/{id}/candidates/bulk/{importId}')).toMatchObject({
        status: 200,
        body: { status: 'uploading' },
      });
      expect((await stranger.get('/photos')).body.items).toEqual([]);
      expect((await stranger.get('/jobs')).body.items.map(({ title }: { title: string }) => title)).toEqual([
        'Theirs',
      ]);
    });
  });

  test.each(routes.filter(({ body }) => body))(
    '$method $path refuses another user’s id, key or role in the body instead of obeying it',
    async (route) => {
      const answers = await Promise.all(foreignMembers.map((added) => request(stranger, route, {}, added)));
      expect(answers.map(({ status }) => status)).toEqual(foreignMembers.map(() => 400));
    },
  );

  test.each(open)('$method $path is public, and no token makes a difference', async (route) => {
    expect(route.publicReason).toMatch(/\w+ \w+/);
    const [plain, ...others] = await Promise.all(
      [undefined, ...Object.values(tokens), await runtime.identity.token('user@example.com')].map((token) =>
        request(new DocumentsClient(runtime.url, token), route, {}),
      ),
    );
    expect(plain?.status).not.toBe(500);
    expect(others.map(({ status }) => status)).toEqual(others.map(() => plain?.status));
  });

  test('every right that this journey is known to use was used, and nothing else was denied', async () => {
    await expectExercised(runtime, `authorization of ${name}`);
  });
});
