import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Client } from 'pg';
import sharp from 'sharp';
import { ensureCertificates } from '../../scripts/local/certificates';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres/server';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { unzip } from '../support/archive';
import { assemblyDirectory, cacheDirectory } from '../support/assembly';
import { expectExercised, listing } from '../support/exercised';
import { rowsNaming } from '../support/rows-naming';
import { zipFile } from '../support/samples/zip-file';
import { type Answer, docx, docxType, pdf, pdfType } from './documents-client';
import { FilesClient } from './files-client';

const email = 'user@example.com';
const resume = { bytes: pdf, mimeType: pdfType, fileName: 'Resume 2026.pdf', name: 'Resume, spring' };
const letter = { bytes: docx, mimeType: docxType, fileName: 'Brief Grüße.docx', type: 'cover_letter' };

// One of each way to sign in; the other blueprints differ in what they leave out.
describe.each(['platform', 'documents'])(
  'the account of blueprint %s, from the synthesized templates',
  (blueprint) => {
    const directory = mkdtempSync(join(tmpdir(), 'landfall-account-'));
    let server: PostgresServer;
    let database: Client;
    let runtime: Runtime;
    let user: FilesClient;
    let stranger: FilesClient;

    // The database is one that the test can look into, past every policy, and whose times it can change.
    beforeAll(async () => {
      server = await startPostgres({
        tls: await ensureCertificates(join(directory, 'certificates')),
        allowPlain: true,
        authenticate: async () => true,
        template: join(cacheDirectory, 'postgres.tar.gz'),
      });
      runtime = await startRuntime({
        port: 0,
        stateDirectory: join(directory, 'state'),
        blueprint,
        assembly: assemblyDirectory(`local-${blueprint}`),
        postgresUrl: `postgresql://landfall:any@127.0.0.1:${server.port}/landfall`,
      });
      const place = { host: '127.0.0.1', port: server.port, database: 'landfall' };
      database = new Client({ ...place, user: 'postgres', password: 'any' });
      await database.connect();
      user = await signIn(email);
      stranger = await signIn('second@example.com');
    }, 240_000);

    afterAll(async () => {
      await database?.end();
      await runtime?.close();
      await server?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const signIn = async (address: string) =>
      new FilesClient(runtime.url, await runtime.identity.token(address));

    const refused = { status: 401, body: { error: expect.objectContaining({ code: 'unauthorized' }) } };

    /** Asks until the export is ready. */
    async function exported(client: FilesClient): Promise<Answer> {
      for (let tries = 0; tries < 100; tries++) {
        const answer = await client.get('/me/export');
        if (answer.body.status !== 'preparing') return answer;
        await wait(200);
      }
      throw new Error('the export did not become ready in 20 s');
    }

    test('is there from the first call on, and takes a name and a locale', async () => {
      const { status, body } = await user.get('/me');
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          id: expect.any(String),
          email,
          createdAt: expect.any(String),
          identities: [{ issuer: expect.stringMatching(/^https:/), createdAt: expect.any(String) }],
        },
      });
      const changed = await user.call('PATCH', '/me', { name: '  Ada ', locale: 'EN-gb' });
      expect(changed).toMatchObject({ status: 200, body: { ...body, name: 'Ada', locale: 'en-GB' } });
      expect((await user.get('/me')).body).toEqual(changed.body);
      expect((await user.call('PATCH', '/me', { locale: null })).body).toEqual({ ...body, name: 'Ada' });
      for (const wrong of [{}, { name: '' }, { name: 3 }, { locale: 'en_GB' }, { email: 'x@example.com' }]) {
        expect(await user.call('PATCH', '/me', wrong)).toMatchObject({ status: 400 });
      }
      expect((await stranger.get('/me')).body).not.toHaveProperty('name');
      expect(await new FilesClient(runtime.url).get('/me')).toMatchObject(refused);
    });

    /** A photo, a candidate with a resume, and a ZIP of resumes: what the blueprint `platform` has besides documents. */
    async function addFilesOfOtherCapabilities(): Promise<readonly string[]> {
      const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a37' } })
        .png()
        .toBuffer();
      const photo = (await user.send('/photos/uploads', { mimeType: 'image/png' }, bytes)).body.id;
      await user.settled(`/photos/${photo}`);
      // Another one is never completed, and a sweep has to find it.
      await user.post(
        await user.call('POST', '/photos/uploads', { mimeType: 'image/png', fileSize: bytes.length }),
        bytes,
      );

      const job = `/jobs/${(await user.call('POST', '/jobs', { title: 'Backend developer' })).body.id}`;
      const announced = { fileName: 'cv.pdf', mimeType: pdfType };
      const candidate = (await user.send(`${job}/candidates`, announced, pdf)).body.id;
      await user.settled(`${job}/candidates/${candidate}`);
      const archive = zipFile([{ name: 'empty.pdf', data: Buffer.alloc(0) }]);
      const { body } = await user.call('POST', `${job}/candidates/bulk`, {
        fileName: 'resumes.zip',
        fileSize: archive.length,
      });
      const [{ partNumber, url }] = body.parts;
      const put = await fetch(url, { method: 'PUT', body: new Uint8Array(archive) });
      const parts = [{ partNumber, etag: put.headers.get('etag') }];
      await user.call('POST', `${job}/candidates/bulk/${body.id}/complete`, { parts });
      await user.settled(`${job}/candidates/bulk/${body.id}`);
      return [`photos/${photo}.png`, `candidates/${candidate}-cv.pdf`];
    }

    test('is exported as a ZIP with every file byte by byte', async () => {
      const uploads = [await user.upload(resume), await user.upload(letter)];
      expect(uploads.map(({ status }) => status)).toEqual([200, 200]);
      await stranger.upload(resume);
      const others = blueprint === 'platform' ? await addFilesOfOtherCapabilities() : [];
      // What a worker has found out by then is in the export, too.
      const read = await Promise.all(
        uploads.map(({ body: { id } }) => user.until(`/documents/${id}`, ({ status }) => status === 'ready')),
      );
      expect(await user.get('/me/export')).toMatchObject({ status: 200, body: { status: 'preparing' } });
      const { body } = await exported(user);
      expect(body).toMatchObject({ status: 'ready', expiresAt: expect.any(String) });
      const response = await fetch(body.url);
      expect(response.headers.get('content-disposition')).toMatch(
        /^attachment; filename="landfall-export-\d{4}-\d\d-\d\d\.zip"$/,
      );
      const archive = Buffer.from(await response.arrayBuffer());
      expect(archive.length).toBe(body.size);
      const files = await unzip(archive);
      const named = ({ body: { id, fileName } }: Answer) => `documents/${id}-${fileName}`;
      expect([...files.keys()].sort()).toEqual(
        [
          ...uploads.map(named),
          'account.json',
          'documents.json',
          ...others,
          ...(blueprint === 'platform' ? ['jobs.json', 'photos.json'] : []),
        ].sort(),
      );
      for (const [index, upload] of uploads.entries()) {
        expect(files.get(named(upload))?.equals(index === 0 ? pdf : docx)).toBe(true);
      }
      const json = (name: string) => JSON.parse(files.get(name)?.toString() ?? '');
      expect(json('account.json')).toMatchObject({ email, name: 'Ada', missing: [] });
      const [first, second] = read.map((document) => ({ ...document.body, language: null }));
      const expected = [
        { ...first, pages: 1, file: named(uploads[0] as Answer) },
        { ...second, pages: null, file: named(uploads[1] as Answer) },
      ];
      expect(json('documents.json')).toHaveLength(2);
      expect(json('documents.json')).toEqual(expect.arrayContaining(expected));
      expect((await user.get('/me/export')).body.status).toBe('ready');
    });

    test('is signed out everywhere: earlier tokens are refused at once, a new sign-in is not', async () => {
      const other = await signIn(email);
      expect((await other.get('/me')).status).toBe(200);
      const refresh = await refreshToken();
      expect(await user.call('POST', '/auth/sign-out')).toMatchObject({ status: 204 });
      for (const client of [user, other]) {
        expect(await client.get('/me')).toMatchObject(refused);
        expect(await client.get('/documents')).toMatchObject(refused);
      }
      if (refresh) await expect(initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refresh })).rejects.toThrow();
      // Tokens say in whole seconds when their user signed in.
      await wait(1_100);
      user = await signIn(email);
      expect(await user.get('/me')).toMatchObject({ status: 200, body: { name: 'Ada' } });
      expect((await stranger.get('/me')).status).toBe(200);
    });

    test('is deleted: refused at once, then gone from every table, the bucket and the user pool', async () => {
      const { id } = (await user.get('/me')).body;
      const [document] = (await user.get('/documents')).body.items;
      const addresses = [
        (await user.get(`/documents/${document.id}/download`)).body.url,
        (await exported(user)).body.url,
      ];
      await user.post(await user.announce(resume), pdf);
      const refresh = await refreshToken();
      const others = await everythingOfTheStranger();

      expect(await user.call('DELETE', '/me')).toMatchObject({
        status: 202,
        body: { deletedAt: expect.any(String) },
      });
      for (const [method, path] of [
        ['DELETE', '/me'],
        ['GET', '/me'],
        ['GET', '/me/export'],
        ['GET', '/documents'],
        ['GET', `/documents/${document.id}`],
        ['POST', '/auth/sign-out'],
      ] as const) {
        expect(await user.call(method, path)).toMatchObject(refused);
      }

      await sweep();
      // Its rows refuse the tokens that are left, until none can be.
      expect(Object.keys(await rowsNaming(database, [id]))).toContain('landfall.users');
      await database.query(`
      update landfall.documents set deleted_at = deleted_at - interval '26 hours' where deleted_at is not null;
      update landfall.uploads set expires_at = expires_at - interval '26 hours', claimed_until = null where user_id = '${id}';
      update landfall.photos set deleted_at = deleted_at - interval '26 hours' where deleted_at is not null;
      update landfall.candidates set deleted_at = deleted_at - interval '26 hours' where deleted_at is not null;
      update landfall.candidate_imports set deleted_at = deleted_at - interval '26 hours' where deleted_at is not null;
      update landfall.users set deleted_at = deleted_at - interval '26 hours' where deleted_at is not null`);
      await sweep();

      expect(await rowsNaming(database, [id, email])).toEqual({});
      // S3 says that an object is gone only to those who may list the bucket, and nobody may.
      for (const address of addresses) expect((await fetch(address)).status).toBe(403);
      if (refresh) {
        await expect(initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refresh })).rejects.toThrow();
        const password = runtime.identity.password as string;
        await expect(initiate('USER_PASSWORD_AUTH', { USERNAME: email, PASSWORD: password })).rejects.toThrow(
          'Incorrect username or password',
        );
      }
      const { rows } = await database.query(
        `select action from landfall.audit_log where user_id = $1 and action ~ 'delete|purge' order by id`,
        [id],
      );
      expect(rows.map(({ action }) => action)).toEqual(['account.delete', 'account.purge']);
      expect(await everythingOfTheStranger()).toEqual(others);

      const again = await signIn(email);
      expect((await again.get('/me')).body.id).not.toBe(id);
      expect((await again.get('/documents')).body.items).toEqual([]);
    });

    async function everythingOfTheStranger() {
      const account = (await stranger.get('/me')).body;
      const { items } = (await stranger.get('/documents')).body;
      const { url } = (await stranger.get(`/documents/${items[0].id}/download`)).body;
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(pdf)).toBe(true);
      return { account, items, rows: await rowsNaming(database, [account.id]) };
    }

    /** Runs every schedule twice: one sweep leaves work to the other. */
    async function sweep(): Promise<void> {
      for (const name of [...runtime.schedules.names, ...runtime.schedules.names]) {
        expect(await runtime.schedules.run(name)).toMatchObject({ ok: true });
      }
    }

    /** A sign-in at the user pool, as an application would keep it; undefined where another issuer signs people in. */
    async function refreshToken(): Promise<string | undefined> {
      const { password } = runtime.identity;
      if (password === undefined) return undefined;
      return (await initiate('USER_PASSWORD_AUTH', { USERNAME: email, PASSWORD: password }))?.RefreshToken;
    }

    async function initiate(
      AuthFlow: 'USER_PASSWORD_AUTH' | 'REFRESH_TOKEN_AUTH',
      AuthParameters: Record<string, string>,
    ) {
      const outputs = Object.assign({}, ...Object.values(runtime.deployed.outputs)) as Record<string, string>;
      const cognito = new CognitoIdentityProviderClient({
        region: 'us-east-1',
        endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
        credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
      });
      try {
        const ClientId = outputs.UserPoolClientId;
        const answer = await cognito.send(new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters }));
        return answer.AuthenticationResult;
      } finally {
        cognito.destroy();
      }
    }

    test('every right that this journey is known to use was used, and nothing else was denied', async () => {
      await expectExercised(runtime, `account of ${blueprint}`, {
        denied: ['api/account/FunctionRole', 'api/documents/FunctionRole'].map(listing),
      });
    });
  },
);
