/** The blueprint `resumes`, over HTTP, with files of the shapes that people send. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formats } from '../../lambdas/shared/file-formats';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { docSamples } from '../support/samples/doc';
import { docxSamples } from '../support/samples/docx';
import { pdfSamples } from '../support/samples/pdf';
import { textSamples } from '../support/samples/plain-text';
import { resumeSamples } from '../support/samples/resume-samples';
import type { Sample } from '../support/samples/sample';
import { zipFile } from '../support/samples/zip-file';
import { soaking } from '../support/soak';
import { FilesClient } from './files-client';

const program = readFileSync(join(__dirname, '..', 'fixtures', 'program.exe'));
const contact = /@example\.(?:com|org|net)$/;

describe('the blueprint resumes, from the synthesized templates', () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-resumes-'));
  let runtime: Runtime;
  let recruiter: FilesClient;
  let stranger: FilesClient;
  let job: string;

  beforeAll(async () => {
    runtime = await startRuntime({
      port: 0,
      stateDirectory,
      blueprint: 'resumes',
      assembly: assemblyDirectory('local-resumes'),
    });
    recruiter = new FilesClient(runtime.url, await runtime.identity.token('user@example.com'));
    stranger = new FilesClient(runtime.url, await runtime.identity.token('second@example.com'));
    const created = await recruiter.call('POST', '/jobs', { title: 'Backend developer' });
    expect(created).toMatchObject({ status: 201, body: { status: 'open', title: 'Backend developer' } });
    job = `/jobs/${created.body.id}`;
  }, 240_000);

  afterAll(async () => {
    await runtime?.close();
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
    expect((await fetch(download.url)).status).toBe(404);
  }, 120_000);

  test('a deleted job takes its candidates with it', async () => {
    expect(await recruiter.call('DELETE', job)).toMatchObject({ status: 204 });
    expect(await recruiter.get(`${job}/candidates`)).toMatchObject({ status: 404 });
    expect((await recruiter.get('/jobs')).body.items.map(({ title }: { title: string }) => title)).toEqual([
      'Many at once',
    ]);
  });
});
