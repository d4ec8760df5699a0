import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { blueprints } from '../../lib/config/blueprints';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { expectExercised, listing } from '../support/exercised';
import { sendUnreadableMessages } from '../support/unreadable-messages';
import { DocumentsClient, docx, docxType, pdf, pdfType, program } from './documents-client';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Its worker is done already, or soon. */
const inTime = expect.stringMatching(/^(?:processing|ready)$/);
const resume = { bytes: pdf, mimeType: pdfType, fileName: 'Resume 2026.pdf', name: 'Resume, spring' };

// One of each way to sign in; the other blueprints differ in what they leave out.
describe.each(['platform', 'documents'])(
  'documents of blueprint %s, from the synthesized templates',
  (blueprint) => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-journey-'));
    let runtime: Runtime;
    let user: DocumentsClient;
    let stranger: DocumentsClient;

    const start = async (port: number) => {
      runtime = await startRuntime({
        port,
        stateDirectory,
        blueprint,
        assembly: assemblyDirectory(`local-${blueprint}`),
      });
      user = new DocumentsClient(runtime.url, await runtime.identity.token('user@example.com'));
      stranger = new DocumentsClient(runtime.url, await runtime.identity.token('second@example.com'));
    };

    beforeAll(() => start(0), 240_000);
    afterAll(async () => {
      await runtime?.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    });

    const errorOf = (code: string) => ({
      error: expect.objectContaining({
        code,
        message: expect.stringMatching(/\.$/),
        requestId: expect.stringMatching(uuid),
      }),
    });

    test('health is public and reaches the database', async () => {
      expect(await new DocumentsClient(runtime.url).get('/health')).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { database: 'ok' } },
      });
    });

    test('a PDF is uploaded, listed, renamed, downloaded byte by byte and deleted', async () => {
      const created = await user.upload(resume);
      expect(created).toMatchObject({
        status: 200,
        body: {
          id: expect.stringMatching(uuid),
          name: 'Resume, spring',
          fileName: 'Resume 2026.pdf',
          size: pdf.length,
        },
      });
      const path = `/documents/${created.body.id}`;
      const document = { ...created.body, status: inTime };
      expect((await user.get('/documents')).body.items).toEqual([document]);
      expect(await user.get(path)).toMatchObject({ status: 200, body: document });

      const changed = await user.call('PATCH', path, { name: 'Resume, autumn', isPrimary: true });
      expect(changed).toMatchObject({ status: 200, body: { name: 'Resume, autumn', isPrimary: true } });

      const download = await user.get(`${path}/download`);
      expect(download).toMatchObject({ status: 200, body: { fileName: 'Resume 2026.pdf' } });
      const file = await fetch(download.body.url);
      expect(file.status).toBe(200);
      expect(file.headers.get('content-type')).toBe(pdfType);
      expect(file.headers.get('content-disposition')).toMatch(/^attachment; .*Resume(?: |%20)2026\.pdf/);
      expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true);

      expect(await user.call('DELETE', path)).toMatchObject({ status: 204, body: undefined });
      expect(await user.get(path)).toMatchObject({ status: 404, body: errorOf('not_found') });
      expect(await user.call('DELETE', path)).toMatchObject({ status: 404 });
      // S3 says that an object is gone only to those who may list the bucket, and nobody may.
      expect((await fetch(download.body.url)).status).toBe(403);
    });

    test('a DOCX with a name from hell is stored under a clean one', async () => {
      const fileName = `../../\u202eLebenslauf \u{1f680} Grüße\u0007${'x'.repeat(400)}.docx`;
      const created = await user.upload({ bytes: docx, mimeType: docxType, fileName, type: 'cover_letter' });
      expect(created.status).toBe(200);
      expect(created.body.fileName).toMatch(/Grüße.*\.docx$/);
      expect(created.body.fileName).not.toMatch(/[/\\\p{Cc}\p{Bidi_C}]/u);
      expect(Buffer.byteLength(created.body.fileName)).toBeLessThanOrEqual(255);
      const file = await fetch((await user.get(`/documents/${created.body.id}/download`)).body.url);
      expect(Buffer.from(await file.arrayBuffer()).equals(docx)).toBe(true);
      await user.call('DELETE', `/documents/${created.body.id}`);
    });

    test.each([
      ['a renamed program', program, 'it does not start as a PDF'],
      ['a truncated PDF', pdf.subarray(0, pdf.length - 40), 'incomplete'],
    ])('%s does not become a document, and is gone from the bucket', async (_what, bytes, reason) => {
      const upload = await user.announce({ ...resume, bytes });
      expect((await user.post(upload, bytes)).ok).toBe(true);
      const refused = await user.complete(upload);
      expect(refused).toMatchObject({ status: 422, body: errorOf('unprocessable') });
      expect(refused.body.error.message).toContain(reason);
      expect((await user.get('/documents')).body.items).toEqual([]);
      expect(objectsIn(stateDirectory).filter((name) => name.includes(upload.body.id))).toEqual([]);
      expect((await user.complete(upload)).status).toBe(404);
    });

    test('a file above the limit is refused before it is sent, and the storage takes no other size than announced', async () => {
      const tooLarge = Buffer.alloc(10 * 1024 ** 2 + 1);
      expect(await user.announce({ ...resume, bytes: tooLarge })).toMatchObject({
        status: 413,
        body: errorOf('payload_too_large'),
      });
      const upload = await user.announce(resume);
      const posted = await user.post(upload, tooLarge);
      expect(posted.status).toBe(400);
      expect(await posted.text()).toContain('EntityTooLarge');
      expect(await user.complete(upload)).toMatchObject({ status: 409, body: errorOf('conflict') });
    });

    test('formats are what the blueprint takes', async () => {
      const answer = await user.announce({ ...resume, mimeType: 'text/plain' });
      if (blueprints[blueprint]?.documentFormats.includes('txt')) expect(answer.status).toBe(201);
      else expect(answer).toMatchObject({ status: 415, body: errorOf('unsupported_media_type') });
    });

    test('requests that do not match the schema answer 400 in one shape, whoever notices', async () => {
      for (const answer of [
        await user.call('POST', '/documents/uploads', { name: 3 }),
        await user.call('POST', '/documents/uploads', '{not json'),
        await user.call('POST', '/documents/uploads', { ...(await bodyOf(resume)), owner: 'me' }),
        await user.get('/documents?limit=0'),
        await user.get('/documents/not-a-uuid'),
      ]) {
        expect(answer).toMatchObject({ status: 400, body: errorOf('bad_request') });
      }
    });

    test('without a good token the list of documents answers 401', async () => {
      const [head, body, signature] = (await runtime.identity.token('user@example.com')).split('.') as [
        string,
        string,
        string,
      ];
      const forged = Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'x' }),
      );
      for (const token of [
        undefined,
        'garbage',
        `${head}.${forged.toString('base64url')}.${signature}`,
        `${head}.${body}.`,
      ]) {
        expect(await new DocumentsClient(runtime.url, token).get('/documents')).toMatchObject({
          status: 401,
          body: errorOf('unauthorized'),
        });
      }
    });

    test('an unknown path or method answers 404 in the same shape', async () => {
      expect(await user.get('/nothing')).toMatchObject({ status: 404, body: errorOf('not_found') });
      expect(await user.call('PUT', '/documents', {})).toMatchObject({
        status: 404,
        body: errorOf('not_found'),
      });
    });

    test("another user's token finds nothing", async () => {
      const { body } = await user.upload(resume);
      const path = `/documents/${body.id}`;
      expect((await stranger.get('/documents')).body.items).toEqual([]);
      for (const answer of [
        await stranger.get(path),
        await stranger.get(`${path}/download`),
        await stranger.call('PATCH', path, { name: 'Mine now' }),
        await stranger.call('DELETE', path),
      ]) {
        expect(answer).toMatchObject({ status: 404, body: errorOf('not_found') });
      }
      const upload = await user.announce(resume);
      await user.post(upload, pdf);
      expect((await stranger.complete(upload)).status).toBe(404);
      expect((await user.get(path)).body.name).toBe('Resume, spring');
      await user.call('DELETE', path);
    });

    test('pages neither repeat nor skip documents', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1)
        ids.unshift((await user.upload({ ...resume, name: `Number ${i}` })).body.id);
      const seen: string[] = [];
      let path = '/documents?limit=2';
      for (;;) {
        const { body } = await user.get(path);
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        if (body.nextCursor === null) break;
        path = `/documents?limit=2&cursor=${encodeURIComponent(body.nextCursor)}`;
      }
      expect(seen).toEqual(ids);
      expect((await user.get('/documents?type=certificate')).body.items).toEqual([]);
      for (const id of ids) await user.call('DELETE', `/documents/${id}`);
    });

    test('an Idempotency-Key makes a repeated POST answer the upload of the first one', async () => {
      const headers = { 'Idempotency-Key': 'b3a1c5a0-9a51-4d0e-8d0a-6f5cf2a1c001' };
      const first = await user.announce(resume, headers);
      const second = await user.announce(resume, headers);
      expect(second).toMatchObject({
        status: 201,
        body: { id: first.body.id, url: first.body.url, fields: { key: first.body.fields.key } },
      });
      expect(await user.announce({ ...resume, name: 'Another' }, headers)).toMatchObject({ status: 422 });
      expect((await stranger.announce(resume, headers)).body.id).not.toBe(first.body.id);
    });

    test('a browser gets its preflight answered for known origins only, and the header on errors too', async () => {
      const preflight = (origin: string) =>
        fetch(`${runtime.url}/documents/uploads`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
      const known = await preflight('http://localhost:3000');
      expect(known.status).toBe(204);
      expect(known.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
      expect(known.headers.get('access-control-allow-headers')).toMatch(/Authorization/i);
      expect(known.headers.get('access-control-allow-methods')).toContain('POST');
      expect((await preflight('http://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
      const refused = await fetch(`${runtime.url}/documents`, {
        headers: { origin: 'http://localhost:3000' },
      });
      expect(refused.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    });

    test('the schedules of the templates run the sweeps, and the sweeps succeed', async () => {
      const declared = runtime.deployed.resources.filter(({ type }) => type === 'AWS::Scheduler::Schedule');
      expect(declared.length).toBeGreaterThan(0);
      expect(runtime.schedules.names).toHaveLength(declared.length);
      for (const name of runtime.schedules.names)
        expect(await runtime.schedules.run(name)).toMatchObject({ ok: true });
    });

    test('the console and the API reference need no network and say what runs', async () => {
      const page = async (path: string) => (await fetch(`${runtime.url}/_landfall/${path}`)).text();
      const files = [
        '',
        'console.js',
        'api/',
        'api/reference.js',
        'api/swagger-ui-bundle.js',
        'api/swagger-ui.css',
      ];
      for (const path of files) expect((await page(path)).length).toBeGreaterThan(100);
      for (const path of ['', 'api/']) expect(await page(path)).not.toMatch(/(?:src|href)="https?:/);
      const openapi = JSON.parse(await page('openapi.json'));
      expect(openapi.servers).toEqual([expect.objectContaining({ url: runtime.url })]);
      expect(Object.keys(openapi.paths)).toEqual(
        expect.arrayContaining(['/health', '/documents', '/documents/{id}']),
      );
      const overview = JSON.parse(await page('overview.json'));
      expect(overview.functions.map(({ label }: { label: string }) => label)).toEqual(
        expect.arrayContaining(['documents', 'health']),
      );
      expect(overview.notRunning.every(({ reason }: { reason: string }) => reason.endsWith('.'))).toBe(true);
      const { items } = (await new DocumentsClient(runtime.url, overview.user.token).get('/documents')).body;
      expect(items).toEqual([]);
      expect(JSON.parse(await page('outputs.json'))['landfall-local-api'].ApiUrl).toBe(runtime.url);
      expect(await page('logs')).toContain('GET /documents');
    });

    // The README's commands need curl, which not every machine has; nothing else here does.
    const curl = spawnSync('curl', ['--version']).status === 0 ? test : test.skip;
    curl(
      'the commands of the README do what it says',
      async () => {
        const root = resolve(__dirname, '../..');
        const readme = readFileSync(join(root, 'README.md'), 'utf8');
        const [section = ''] = /## Try it[\s\S]*?(?=Sign in by a mailed link)/.exec(readme) ?? [];
        const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
        expect(blocks).toHaveLength(2);
        const commands = blocks.join('printf "\\n--\\n"\n');
        expect(commands).toContain('API=http://localhost:4000\n');
        const directory = mkdtempSync(join(tmpdir(), 'landfall-readme-'));
        symlinkSync(join(root, 'test'), join(directory, 'test'));
        mkdirSync(join(directory, '.landfall'));
        const script = commands.replace('http://localhost:4000', runtime.url);
        // Not spawnSync: the runtime that answers is in this process.
        const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
          cwd: directory,
        });
        const kept = (file: string) => readFileSync(join(directory, '.landfall', file));
        expect(kept('downloaded.pdf').equals(pdf)).toBe(true);
        const [listed = '', read = ''] = stdout.split('\n--\n');
        const document = JSON.parse(kept('document.json').toString());
        expect(document).toMatchObject({ name: 'My resume', fileName: 'resume.pdf' });
        expect(JSON.parse(listed).items).toContainEqual({ ...document, status: inTime });
        expect(await user.get(`/documents/${document.id}`)).toMatchObject({ status: 404 });
        // The text, and right behind it what the search found.
        const { id } = JSON.parse(kept('read.json').toString());
        const [, text = '', found = ''] = /^(\{.*\})(\{"items".*\})$/s.exec(read.trim()) ?? [];
        expect(JSON.parse(text)).toMatchObject({ documentId: id, status: 'ready', pages: 1 });
        expect(JSON.parse(found).items).toEqual([
          expect.objectContaining({ document: expect.objectContaining({ id }) }),
        ]);
        expect(await user.call('DELETE', `/documents/${id}`)).toMatchObject({ status: 204 });
        rmSync(directory, { recursive: true });
      },
      120_000,
    );

    test('a page of another site cannot read the console, whatever name it gives this machine', async () => {
      const { request } = await import('node:http');
      const status = await new Promise((resolve) => {
        const call = request(
          `${runtime.url}/_landfall/token`,
          { headers: { host: 'evil.example' } },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        call.end();
      });
      expect(status).toBe(403);
    });

    test('documents and users survive a restart', async () => {
      const { body } = await user.upload(resume);
      await runtime.close();
      await start(runtime.ports.api);
      expect((await user.get('/documents')).body.items).toEqual([{ ...body, status: inTime }]);
      const file = await fetch((await user.get(`/documents/${body.id}/download`)).body.url);
      expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true);
    }, 120_000);

    test('a message that no worker can read is handed in to its queue of dead letters', async () => {
      expect((await sendUnreadableMessages(runtime)).length).toBeGreaterThan(0);
    }, 120_000);

    test('every right that this journey is known to use was used, and nothing else was denied', async () => {
      await expectExercised(runtime, `documents of ${blueprint}`, {
        denied: [listing('api/documents/FunctionRole')],
      });
    });
  },
);

async function bodyOf({ bytes, mimeType, fileName, name }: typeof resume) {
  return { name, type: 'resume', fileName, fileSize: bytes.length, mimeType };
}

/** Names of everything the local S3 keeps. */
function objectsIn(stateDirectory: string): string[] {
  return readdirSync(join(stateDirectory, 'aws', 's3'), { recursive: true }).map(String);
}
