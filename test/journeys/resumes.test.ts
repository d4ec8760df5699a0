/** The blueprint `resumes`, over HTTP, with files of the shapes that people send. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { formats } from '../../lambdas/shared/file-formats';
import { ensureCertificates } from '../../scripts/local/certificates';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres/server';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory, cacheDirectory } from '../support/assembly';
import { expectExercised, listing } from '../support/exercised';
import { docSamples } from '../support/samples/doc';
import { docxSamples } from '../support/samples/docx';
import { pdfSamples } from '../support/samples/pdf';
import { textSamples } from '../support/samples/plain-text';
import { resumeSamples, textResumes } from '../support/samples/resume-samples';
import type { Sample } from '../support/samples/sample';
import { zipFile } from '../support/samples/zip-file';
import { soaking } from '../support/soak';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { FilesClient } from './files-client';

const program = readFileSync(join(__dirname, '..', 'fixtures', 'program.exe'));
const outageSeconds = soaking ? 20 : 5;
const contact = /@example\.(?:com|org|net)$/;

describe('the blueprint resumes, from the synthesized templates', () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-resumes-'));
  let server: PostgresServer;
  /** Stands before the database, which it can make unreachable. */
  let proxy: TcpProxy;
  let database: Client;
  let runtime: Runtime;
  let recruiter: FilesClient;
  let stranger: FilesClient;
  let job: string;

  beforeAll(async () => {
    server = await startPostgres({
      tls: await ensureCertificates(join(stateDirectory, 'certificates')),
      allowPlain: true,
      authenticate: async () => true,
      template: join(cacheDirectory, 'postgres.tar.gz'),
    });
    proxy = await startTcpProxy(server.port);
    const place = { host: '127.0.0.1', port: server.port, database: 'landfall' };
    database = new Client({ ...place, user: 'postgres', password: 'any' });
    runtime = await startRuntime({
      port: 0,
      stateDirectory,
      blueprint: 'resumes',
      assembly: assemblyDirectory('local-resumes'),
      postgresUrl: `postgresql://landfall:any@127.0.0.1:${proxy.port}/landfall`,
    });
    await database.connect();
    recruiter = new FilesClient(runtime.url, await runtime.identity.token('user@example.com'));
    stranger = new FilesClient(runtime.url, await runtime.identity.token('second@example.com'));
    const created = await recruiter.call('POST', '/jobs', { title: 'Backend developer' });
    expect(created).toMatchObject({ status: 201, body: { status: 'open', title: 'Backend developer' } });
    job = `/jobs/${created.body.id}`;
  }, 240_000);

  afterAll(async () => {
    await database?.end();
    await runtime?.close();
    await proxy?.close();
    await server?.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const send = (sample: Pick<Sample, 'format'>, bytes: Buffer, fileName = `file.${sample.format}`) =>
    recruiter.send(
      `${job}/candidates`,
      { fileName, mimeType: formats[sample.format as keyof typeof formats] },
      bytes,
    );

  test('every resume, of every format and language, becomes a profile', async () => {
    const sent = await Promise.all(
      resumeSamples
        .filter(({ format }) => format !== 'md')
        .map(async (sample) => ({ sample, answer: await send(sample, await sample.make()) })),
    );
    expect(sent.map(({ answer }) => answer.status)).toEqual(sent.map(() => 200));
    for (const { sample, answer } of sent) {
      const { body } = await recruiter.settled(`${job}/candidates/${answer.body.id}`);
      expect([sample.name, body.status, body.failure]).toEqual([sample.name, 'ready', null]);
      expect([sample.name, body.profile.email]).toEqual([sample.name, sample.resume.email]);
      // A Japanese resume has the name twice, and the rules take the one in Latin letters.
      if (sample.resume.language !== 'ja')
        expect([sample.name, body.profile.name]).toEqual([sample.name, sample.resume.name]);
      expect(body.profile.email).toMatch(contact);
    }
  }, 240_000);

  test('files that cannot be read end with a reason, and no message is left behind', async () => {
    const all = [...pdfSamples, ...docxSamples, ...docSamples, ...textSamples].flatMap((sample) =>
      'failure' in sample.expected && sample.expected.failure !== 'empty' && !sample.limits
        ? [{ ...sample, failure: sample.expected.failure }]
        : [],
    );
    // Each takes some seconds; the tests of the extraction have them all.
    const broken = soaking ? all : all.filter((_sample, index) => index % 4 === 0);
    expect(broken.length).toBeGreaterThan(10);
    const outcomes: [string, string][] = [];
    for (const sample of broken) {
      const answer = await send(sample, await sample.make());
      // Some are refused at the door: they are no file of their kind at all.
      const code =
        answer.status === 200
          ? (await recruiter.settled(`${job}/candidates/${answer.body.id}`)).body.failure
          : answer.body.error.details?.reason;
      outcomes.push([sample.name, code]);
    }
    const expected = broken.map(({ name, failure }) => [
      name,
      expect.stringMatching(new RegExp(`^(?:file_rejected|${failure})$`)),
    ]);
    expect(outcomes).toEqual(expected);
    expect(messagesLeft()).toEqual([]);
  }, 240_000);

  /** Queues that still hold something. */
  const messagesLeft = () =>
    runtime.queues
      .queues()
      .map((queue) => ({ queue: queue.name, ...runtime.queues.counts(queue) }))
      .filter(({ waiting, inFlight, delayed }) => waiting + inFlight + delayed > 0);

  test('a ZIP becomes candidates, and says of each entry what became of it', async () => {
    const bulk = await recruiter.call('POST', '/jobs', { title: 'Many at once' });
    const path = `/jobs/${bulk.body.id}`;
    const files = await Promise.all(resumeSamples.slice(0, 6).map((sample) => sample.make()));
    const first = files[0] as Buffer;
    const archive = zipFile([
      ...files.map((content, index) => ({ name: `2026/March/Resume ${index}.pdf`, data: content })),
      { name: 'again/the same.pdf', data: first },
      { name: '../../etc/passwd.pdf', data: first },
      { name: 'setup.exe', data: program },
      { name: 'renamed.pdf', data: program },
      { name: '__MACOSX/._Resume.pdf', data: Buffer.from('x') },
      { name: 'empty.pdf', data: Buffer.alloc(0) },
    ]);
    const started = await recruiter.call('POST', `${path}/candidates/bulk`, {
      fileName: 'resumes.zip',
      fileSize: archive.length,
    });
    expect(started.status).toBe(201);
    const parts: { partNumber: number; etag: string }[] = [];
    let offset = 0;
    for (const { partNumber, size, url } of started.body.parts) {
      const put = await fetch(url, {
        method: 'PUT',
        body: new Uint8Array(archive.subarray(offset, offset + size)),
      });
      expect(put.status).toBe(200);
      parts.push({ partNumber, etag: put.headers.get('etag') as string });
      offset += size;
    }
    const importPath = `${path}/candidates/bulk/${started.body.id}`;
    expect(await recruiter.call('POST', `${importPath}/complete`, { parts })).toMatchObject({ status: 200 });
    const { body } = await recruiter.settled(importPath);
    expect(body).toMatchObject({ status: 'ready', total: 12, counts: { candidate: 6, duplicate: 1 } });
    expect(
      Object.fromEntries(
        body.entries.map((entry: { path: string; outcome: string }) => [entry.path, entry.outcome]),
      ),
    ).toMatchObject({
      'again/the same.pdf': 'duplicate',
      '../../etc/passwd.pdf': 'unsafe_path',
      'setup.exe': 'unsupported',
      'renamed.pdf': 'unsupported',
      '__MACOSX/._Resume.pdf': 'skipped',
      'empty.pdf': 'empty',
    });
    const listed = await recruiter.until(
      `${path}/candidates?status=ready`,
      ({ items }) => items.length === 6,
    );
    expect(listed.body.items.map(({ importId }: { importId: string }) => importId)).toEqual(
      Array(6).fill(started.body.id),
    );
    expect((await recruiter.get(path)).body.candidates).toEqual({ processing: 0, ready: 6, failed: 0 });
  }, 240_000);

  test('a candidate’s file is downloaded byte by byte, by its owner alone, until it is deleted', async () => {
    const sample = resumeSamples[0] as (typeof resumeSamples)[number];
    const bytes = await sample.make();
    const { body } = await send(sample, bytes, 'Lebenslauf für Grüße.pdf');
    const path = `${job}/candidates/${body.id}`;
    const { body: download } = await recruiter.get(`${path}/download`);
    const file = await fetch(download.url);
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
    expect(file.headers.get('content-disposition')).toMatch(/^attachment;/);
    for (const hidden of [path, `${path}/download`, `${job}/candidates`, job])
      expect(await stranger.get(hidden)).toMatchObject({ status: 404 });

    expect(await recruiter.call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await recruiter.get(path)).toMatchObject({ status: 404 });
    // S3 says that an object is gone only to those who may list the bucket, and nobody may.
    expect((await fetch(download.url)).status).toBe(403);
  }, 120_000);

  test('the upload of a ZIP is given up, once', async () => {
    const { body } = await recruiter.call('POST', `${job}/candidates/bulk`, {
      fileName: 'resumes.zip',
      fileSize: 1000,
    });
    const importPath = `${job}/candidates/bulk/${body.id}`;
    expect(await recruiter.call('DELETE', importPath)).toMatchObject({ status: 204 });
    expect(await recruiter.call('DELETE', importPath)).toMatchObject({ status: 404 });
    expect((await fetch(body.parts[0].url, { method: 'PUT', body: 'x'.repeat(1000) })).status).toBe(404);
  });

  test('a deleted job takes its candidates with it', async () => {
    expect(await recruiter.call('DELETE', job)).toMatchObject({ status: 204 });
    expect(await recruiter.get(`${job}/candidates`)).toMatchObject({ status: 404 });
    expect((await recruiter.get('/jobs')).body.items.map(({ title }: { title: string }) => title)).toEqual([
      'Many at once',
    ]);
  });

  describe('when something fails', () => {
    beforeEach(async () => {
      job = `/jobs/${(await recruiter.call('POST', '/jobs', { title: 'Fails' })).body.id}`;
    });

    const resume = textResumes[0] as (typeof textResumes)[number];
    const sendText = async (n: number): Promise<string> => {
      const bytes = Buffer.concat([await resume.make(), Buffer.from(`\nReference ${n}\n`)]);
      const { status, body } = await recruiter.send(
        `${job}/candidates`,
        { fileName: `${n}.txt`, mimeType: 'text/plain' },
        bytes,
      );
      expect(status).toBe(200);
      return body.id;
    };
    const workerArn = () => {
      const found = runtime.functions.definitions.find(({ arn }) => /candidates-?worker/i.test(arn));
      if (!found) throw new Error('expected a function candidates-worker, found none');
      return found.arn;
    };

    /** Time passes for the claims of workers that are gone, too. */
    const endClaims = () =>
      database.query(
        "update landfall.candidates set claimed_until = now() - interval '1 second' where claimed_until is not null",
      );

    /** Lets the time of the queues pass until the candidates are as wanted. */
    async function until(counts: { ready: number; failed: number }): Promise<void> {
      for (let tries = 0; tries < 300; tries++) {
        const { body } = await recruiter.get(job);
        if (body.candidates.processing === 0 && body.candidates.ready + body.candidates.failed > 0) {
          expect(body.candidates).toEqual({ processing: 0, ...counts });
          return;
        }
        await wait(300);
        runtime.queues.advance(60_000);
      }
      throw new Error(`not settled: ${JSON.stringify((await recruiter.get(job)).body.candidates)}`);
    }

    test('a worker that is killed in the middle of a file reads it again, once', async () => {
      const sent = sendText(1);
      let killed = 0;
      for (let tries = 0; killed === 0 && tries < 2_000; tries++) {
        await wait(5);
        killed = runtime.functions.crash(workerArn());
      }
      expect(killed).toBeGreaterThan(0);
      const id = await sent;
      await endClaims();
      await until({ ready: 1, failed: 0 });
      const { body } = await recruiter.get(`${job}/candidates/${id}`);
      expect(body).toMatchObject({ status: 'ready', profile: { email: resume.resume.email } });
    }, 240_000);

    test(`a database that is away for ${outageSeconds} s delays files and loses none`, async () => {
      const ids: string[] = [];
      for (let n = 0; n < 6; n++) ids.push(await sendText(n));
      proxy.fail();
      await wait(outageSeconds * 1000);
      proxy.recover();
      // The first requests may still find the connections of before.
      await recruiter.until(job, () => true);
      // Whoever was at work when the database went has noticed by then, and could not give its claim back.
      await wait(2000);
      await endClaims();
      await until({ ready: 6, failed: 0 });
      for (const id of ids)
        expect((await recruiter.get(`${job}/candidates/${id}`)).body).toMatchObject({ status: 'ready' });
      const dead = runtime.queues.queues().filter(({ name }) => /dead/i.test(name));
      expect(dead.map((queue) => runtime.queues.counts(queue).waiting)).toEqual(dead.map(() => 0));
    }, 240_000);
  });

  test('every right that this journey is known to use was used, and nothing else was denied', async () => {
    await expectExercised(runtime, 'resumes', { denied: [listing('api/jobs/FunctionRole')] });
  });
});
