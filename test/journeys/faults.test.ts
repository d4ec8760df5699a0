/**
 * What goes wrong while files are worked on, with everything real: processes that are killed, a database that is away,
 * events that come twice or too late. Nothing may be lost, nothing doubled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { ensureCertificates } from '../../scripts/local/certificates';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres/server';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory, cacheDirectory } from '../support/assembly';
import { textResumes } from '../support/samples/resume-samples';
import { soaking } from '../support/soak';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { FilesClient } from './files-client';

const outageSeconds = soaking ? 20 : 6;

describe('faults, from the synthesized templates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-faults-'));
  let server: PostgresServer;
  let proxy: TcpProxy;
  let database: Client;
  let runtime: Runtime;
  let recruiter: FilesClient;
  let job: string;

  beforeAll(async () => {
    server = await startPostgres({
      tls: await ensureCertificates(join(directory, 'certificates')),
      allowPlain: true,
      authenticate: async () => true,
      template: join(cacheDirectory, 'postgres.tar.gz'),
    });
    proxy = await startTcpProxy(server.port);
    runtime = await startRuntime({
      port: 0,
      stateDirectory: join(directory, 'state'),
      blueprint: 'resumes',
      assembly: assemblyDirectory('local-resumes'),
      postgresUrl: `postgresql://landfall:any@127.0.0.1:${proxy.port}/landfall`,
    });
    database = new Client({
      host: '127.0.0.1',
      port: server.port,
      database: 'landfall',
      user: 'postgres',
      password: 'any',
    });
    await database.connect();
    recruiter = new FilesClient(runtime.url, await runtime.identity.token('user@example.com'));
  }, 240_000);

  beforeEach(async () => {
    job = `/jobs/${(await recruiter.call('POST', '/jobs', { title: 'Backend developer' })).body.id}`;
  });

  afterAll(async () => {
    await database?.end();
    await runtime?.close();
    await proxy?.close();
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const resume = textResumes[0] as (typeof textResumes)[number];
  const send = async (n: number): Promise<string> => {
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

  /** Lets the time of the queues pass until the candidates are as wanted. */
  async function until(counts: { ready: number; failed: number }): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const { body } = await recruiter.get(job);
      if (body.candidates.processing === 0 && body.candidates.ready + body.candidates.failed > 0) {
        expect(body.candidates).toEqual({ processing: 0, ...counts });
        return;
      }
      await wait(300);
      runtime.queues.advance(10_000);
    }
    throw new Error(`not settled: ${JSON.stringify((await recruiter.get(job)).body.candidates)}`);
  }

  test('a worker that is killed in the middle of a file reads it again, once', async () => {
    const sent = send(1);
    let killed = 0;
    for (let tries = 0; killed === 0 && tries < 2_000; tries++) {
      await wait(5);
      killed = runtime.functions.crash(workerArn());
    }
    expect(killed).toBeGreaterThan(0);
    const id = await sent;
    // The claim of who was killed has to end, too.
    await database.query(
      "update landfall.candidates set claimed_until = now() - interval '1 second' where status = 'processing'",
    );
    await until({ ready: 1, failed: 0 });
    const { body } = await recruiter.get(`${job}/candidates/${id}`);
    expect(body).toMatchObject({ status: 'ready', profile: { email: resume.resume.email } });
  }, 240_000);

  test(`a database that is away for ${outageSeconds} s delays files and loses none`, async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await send(n));
    proxy.fail();
    await wait(outageSeconds * 1000);
    proxy.recover();
    // The first requests may still find the connections of before.
    await recruiter.until(job, () => true);
    await until({ ready: 6, failed: 0 });
    for (const id of ids)
      expect((await recruiter.get(`${job}/candidates/${id}`)).body).toMatchObject({ status: 'ready' });
    const dead = runtime.queues.queues().filter(({ name }) => /dead/i.test(name));
    expect(dead.map((queue) => runtime.queues.counts(queue).waiting)).toEqual(dead.map(() => 0));
  }, 240_000);
});
