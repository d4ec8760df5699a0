/** The function as it is deployed, in a process of its own, writing far more than it may keep in memory. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { ExportJob } from '../../../lambdas/shared/export-job';
import type { Identity } from '../../../lambdas/shared/identity';
import { build } from '../../../scripts/build';
import { AccountApi } from '../../support/account-api';
import { unzip } from '../../support/archive';
import { startTestDatabase, type TestDatabase } from '../../support/database';
import { insertDocument } from '../../support/documents';
import { startTestBucket, type TestBucket } from '../../support/object-store';
import { soaking } from '../../support/soak';

const mebibyte = 1024 * 1024;
const documentBytes = 10 * mebibyte;
const many = soaking ? 20 : 8;

let directory: string;
let database: TestDatabase;
let bucket: TestBucket;
let api: AccountApi;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-export-'));
  [database, bucket] = await Promise.all([
    startTestDatabase(),
    startTestBucket(),
    build({ quiet: true, outdir: directory }),
  ]);
  api = new AccountApi(database, bucket);
});

afterAll(async () => {
  await Promise.all([database.close(), bucket.close()]);
  await rm(directory, { recursive: true, force: true });
});

/** Somebody with that many documents of 10 MiB each, and the export of theirs. */
async function exportOf(subject: string, documents: number): Promise<{ person: Identity; job: ExportJob }> {
  const person = { issuer: 'https://issuer.example', subject };
  const { id: userId } = (await api.get(person)).body;
  for (let n = 0; n < documents; n++) {
    const id = await insertDocument(database.admin, { userId });
    const Key = `users/${userId}/resumes/${id}-a.pdf`;
    const Body = randomBytes(documentBytes);
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body }));
  }
  await api.export(person);
  return { person, job: api.jobs.at(-1) as ExportJob };
}

/**
 * Runs the function for one event; the most memory its process had, in bytes. Looked at again and again, because the
 * maximum that Linux keeps begins with the memory of the process that started this one.
 */
async function peakMemory(job: ExportJob): Promise<number> {
  const { host, port, user, password, database: name, ca } = database.target('app');
  const caFile = path.join(directory, 'ca.pem');
  await writeFile(caFile, ca ?? '');
  const url = `postgresql://${user}:${password}@${host}:${port}/${name}`;
  const { arn } = await bucket.aws.secrets.createSecret({
    name: `database-${job.exportId}`,
    properties: { SecretString: JSON.stringify({ url, ca }) },
  });
  const script = `
    const { handler } = require(process.argv[1]);
    let peak = 0;
    const look = () => { peak = Math.max(peak, process.memoryUsage.rss()); };
    setInterval(look, 5).unref();
    handler(JSON.parse(process.argv[2]), { awsRequestId: 'request' }).then(
      () => { look(); process.send({ peak }, () => process.exit()); },
      (error) => process.send({ error: String(error) }, () => process.exit()));`;
  const child = spawn(
    process.execPath,
    ['-e', script, path.join(directory, 'lambdas', 'account-export', 'index.js'), JSON.stringify(job)],
    {
      env: {
        AWS_REGION: 'us-east-1',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        AWS_ACCESS_KEY_ID: 'ASIATEST',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'session',
        AWS_ENDPOINT_URL: bucket.aws.url,
        DATABASE_SECRET_ARN: arn,
        DOCUMENTS_BUCKET: bucket.name,
        NODE_EXTRA_CA_CERTS: caFile,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const message = await new Promise<{ peak?: number; error?: string }>((resolve, reject) => {
    child.on('message', resolve);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`the function ended with ${code}`)));
  });
  if (message.peak === undefined) throw new Error(message.error);
  return message.peak;
}

it(`${many} documents of 10 MiB take hardly more memory than one`, async () => {
  const small = await exportOf('with one document', 1);
  const large = await exportOf('with many documents', many);
  const peaks = { small: await peakMemory(small.job), large: await peakMemory(large.job) };
  const { body } = await api.export(large.person);
  expect(body.size).toBeGreaterThan(many * documentBytes);
  const files = await unzip(Buffer.from(await (await fetch(body.url)).arrayBuffer()));
  expect([...files.values()].filter(({ length }) => length === documentBytes)).toHaveLength(many);
  expect(peaks.large).toBeLessThan(peaks.small + 64 * mebibyte);
  // A quarter of what the function is given.
  expect(peaks.large).toBeLessThan(256 * mebibyte);
}, 300_000);
