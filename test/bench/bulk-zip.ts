/** The worker of archives as it is deployed, in a process of its own: the memory and time that an archive takes. */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ZipFile } from 'yazl';
import { build } from '../../scripts/build';
import { startTestDatabase, type TestDatabase } from '../support/database';
import { startTestBucket, type TestBucket } from '../support/object-store';
import { median, type Result, round, type Topic } from './measure';

const mebibyte = 1024 ** 2;
const files = 200;

/** Bytes of each file: archives of 20 and of 400 MiB. */
const sizes = [mebibyte / 10, 2 * mebibyte];

interface Bench {
  readonly database: TestDatabase;
  readonly bucket: TestBucket;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

interface Sample {
  readonly peakBytes: number;
  readonly milliseconds: number;
}

async function run(runs: number): Promise<Result> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-bulk-'));
  const [database, bucket] = await Promise.all([
    startTestDatabase(),
    startTestBucket(),
    build({ quiet: true, outdir: directory }),
  ]);
  try {
    const bench = {
      database,
      bucket,
      directory,
      environment: await environmentOf(database, bucket, directory),
    };
    const rows = [];
    for (const bytes of sizes) {
      const samples: Sample[] = [];
      for (let n = 0; n < runs; n++) samples.push(await measure(bench, Math.floor(bytes)));
      const seconds = median(samples.map(({ milliseconds }) => milliseconds)) / 1000;
      const peak = Math.max(...samples.map(({ peakBytes }) => peakBytes)) / mebibyte;
      rows.push({
        what: `${files} files, ${Math.round((files * bytes) / mebibyte)} MiB`,
        figures: {
          'peak MiB': round(peak, 0),
          s: round(seconds, 1),
          'ms per file': round((seconds * 1000) / files, 1),
        },
      });
    }
    return {
      topic: 'bulk-zip',
      reference: 'none: memory counts, of a process that does nothing else',
      goal: 'peak <= 300 MiB however large the archive',
      rows,
    };
  } finally {
    await Promise.all([database.close(), bucket.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function environmentOf(
  database: TestDatabase,
  bucket: TestBucket,
  directory: string,
): Promise<NodeJS.ProcessEnv> {
  const { host, port, user, password, database: name, ca } = database.target('worker');
  const caFile = path.join(directory, 'ca.pem');
  await writeFile(caFile, ca ?? '');
  const url = `postgresql://${user}:${password}@${host}:${port}/${name}`;
  const { arn } = await bucket.aws.secrets.createSecret({
    name: 'database',
    properties: { SecretString: JSON.stringify({ url, ca }) },
  });
  return {
    AWS_REGION: 'us-east-1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL: bucket.aws.url,
    POWERTOOLS_LOG_LEVEL: 'ERROR',
    DATABASE_SECRET_ARN: arn,
    DATABASE_USER: 'worker',
    SOURCE_BUCKET: bucket.name,
    QUEUE_URL: `${bucket.aws.url}/queue`,
    DEAD_LETTERS_URL: `${bucket.aws.url}/dead-letters`,
    RESUMES_MAX_BYTES: String(10 * mebibyte),
    RESUMES_MAX_ARCHIVE_ENTRIES: '500',
    NODE_EXTRA_CA_CERTS: caFile,
  };
}

async function measure(bench: Bench, bytes: number): Promise<Sample> {
  const { admin } = bench.database;
  const [userId, jobId, importId] = [randomUUID(), randomUUID(), randomUUID()];
  const key = `imports/${userId}/${importId}`;
  const { version, size } = await putArchive(bench.bucket, key, bytes);
  await admin.query('insert into landfall.users (id) values ($1)', [userId]);
  await admin.query(
    `insert into landfall.jobs (id, user_id, title, created_at, updated_at) values ($1, $2, 'Bench', now(), now())`,
    [jobId, userId],
  );
  await admin.query(
    `insert into landfall.candidate_imports
       (id, user_id, job_id, file_name, size, object_key, object_version, status, created_at, expires_at)
     values ($1, $2, $3, 'bench.zip', $4, $5, $6, 'processing', now(), now() + interval '1 day')`,
    [importId, userId, jobId, size, key, version],
  );
  const sample = await invoke(bench, { bucket: bench.bucket.name, key, version });
  const { rows } = await admin.query(
    `select count(*)::int as candidates, (select status from landfall.candidate_imports where id = $1) as status
     from landfall.candidates where import_id = $1`,
    [importId],
  );
  if (rows[0].candidates !== files || rows[0].status !== 'ready')
    throw new Error(`expected ${files} candidates of a ready import, found ${JSON.stringify(rows[0])}`);
  return sample;
}

/** A ZIP that is never in memory as a whole. */
async function putArchive(
  { client, name: Bucket }: TestBucket,
  Key: string,
  bytes: number,
): Promise<{ version: string; size: number }> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  let size = 0;
  const put = async (Body: Buffer) => {
    const PartNumber = parts.length + 1;
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    parts.push({ PartNumber, ETag });
    size += Body.length;
  };
  const zip = new ZipFile();
  const write = async () => {
    for (let n = 0; n < files; n++) {
      const tail = '\nstartxref\n0\n%%EOF\n';
      const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from(tail)]);
      zip.addBuffer(content, `folder ${n % 7}/resume ${n}.pdf`, { compress: false });
      // Lets what was added be written before more is made.
      await new Promise(setImmediate);
    }
    zip.end();
  };
  const writing = write();
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of zip.outputStream as unknown as AsyncIterable<Buffer>) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < 16 * mebibyte) continue;
    await put(Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  }
  await writing;
  await put(Buffer.concat(pending));
  const { VersionId } = await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
  );
  return { version: VersionId as string, size };
}

/** One invocation in a fresh process. Its memory is looked at again and again: what Linux keeps begins with ours. */
async function invoke(
  { directory, environment }: Bench,
  { bucket, key, version }: { bucket: string; key: string; version: string },
): Promise<Sample> {
  const event = {
    Records: [
      {
        messageId: 'message',
        receiptHandle: 'receipt',
        body: JSON.stringify({
          source: 'aws.s3',
          'detail-type': 'Object Created',
          detail: { bucket: { name: bucket }, object: { key, 'version-id': version, size: 1 } },
        }),
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: {},
      },
    ],
  };
  const script = `
    const { handler } = require(process.argv[1]);
    let peak = 0;
    const look = () => { peak = Math.max(peak, process.memoryUsage.rss()); };
    setInterval(look, 5).unref();
    const begin = performance.now();
    handler(JSON.parse(process.argv[2]), { awsRequestId: 'r', getRemainingTimeInMillis: () => 900000 }).then(
      (answer) => { look(); process.send({ peakBytes: peak, milliseconds: performance.now() - begin,
        failed: answer.batchItemFailures.length }, () => process.exit()); },
      (error) => process.send({ error: String(error) }, () => process.exit()));`;
  const bundle = path.join(directory, 'lambdas', 'candidate-imports-worker', 'index.js');
  const child = spawn(process.execPath, ['-e', script, bundle, JSON.stringify(event)], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const message = await new Promise<Partial<Sample> & { error?: string; failed?: number }>(
    (resolve, reject) => {
      child.on('message', resolve);
      child.on('error', reject);
      child.on('close', (code) => reject(new Error(`the worker ended with ${code}`)));
    },
  );
  if (message.peakBytes === undefined || message.milliseconds === undefined || message.failed !== 0)
    throw new Error(message.error ?? 'the message would be received again');
  return { peakBytes: message.peakBytes, milliseconds: message.milliseconds };
}

export const bulkZip: Topic = { name: 'bulk-zip', run };
