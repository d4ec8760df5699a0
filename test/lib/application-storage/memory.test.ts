/** Files far larger than what a process may keep in memory, saved and read in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { startTestBucket, type TestBucket } from '../../support/object-store';

const mebibyte = 1024 * 1024;
let root: string;
let bucket: TestBucket;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'landfall-storage-memory-'));
  bucket = await startTestBucket();
  await build({
    entryPoints: [path.resolve(__dirname, '../../../lib/application-storage/src/index.ts')],
    outfile: path.join(root, 'storage.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
});
afterAll(async () => {
  await bucket.close();
  await rm(root, { recursive: true, force: true });
});

/** Looked at again and again: the maximum that Linux keeps begins with the memory of the parent. */
const script = `
  const { createHash, randomBytes } = require('node:crypto');
  const { createStorage } = require(process.argv[1]);
  const megabytes = Number(process.argv[2]);
  let peak = 0;
  const look = () => { peak = Math.max(peak, process.memoryUsage.rss()); };
  const saved = createHash('sha256');
  async function* content() {
    const block = randomBytes(1024 * 1024);
    for (let i = 0; i < megabytes; i++) {
      block.writeUInt32BE(i);
      saved.update(block);
      yield Buffer.from(block);
      look();
    }
  }
  (async () => {
    const storage = createStorage(process.env);
    const stored = await storage.save('large.zip', content());
    const read = createHash('sha256');
    const { stream, size } = await storage.open(stored);
    for await (const chunk of stream) { read.update(chunk); look(); }
    const copied = await storage.withLocalFile(stored, async (file) => {
      look();
      return require('node:fs').statSync(file).size;
    });
    await storage.delete(stored);
    storage.close();
    process.send({ peak, size, copied, same: saved.digest('hex') === read.digest('hex') }, () => process.exit());
  })().catch((error) => process.send({ error: String(error) }, () => process.exit()));`;

interface Outcome {
  readonly peak: number;
  readonly size: number;
  readonly copied: number;
  readonly same: boolean;
}

async function pass(megabytes: number, env: Record<string, string>): Promise<Outcome> {
  const child = spawn(process.execPath, ['-e', script, path.join(root, 'storage.js'), String(megabytes)], {
    env: { TMPDIR: root, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const outcome = await new Promise<Outcome & { error?: string }>((resolve, reject) => {
    child.on('message', (message) => resolve(message as Outcome));
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`the process ended with ${code}`)));
  });
  if (outcome.error !== undefined) throw new Error(outcome.error);
  return outcome;
}

it.each([
  ['on disk', () => ({ UPLOAD_DIR: path.join(root, 'uploads') })],
  [
    'on S3',
    () => ({
      USE_S3: 'true',
      S3_BUCKET_NAME: bucket.name,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'ASIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_ENDPOINT_URL: bucket.aws.url,
    }),
  ],
])(
  '300 MB %s take hardly more memory than 30, and come back the same',
  async (_where, env) => {
    const small = await pass(30, env());
    const large = await pass(300, env());
    expect(large).toMatchObject({ size: 300 * mebibyte, copied: 300 * mebibyte, same: true });
    process.stderr.write(
      `peaks ${Math.round(small.peak / mebibyte)} and ${Math.round(large.peak / mebibyte)} MiB\n`,
    );
    expect(large.peak).toBeLessThan(small.peak + 100 * mebibyte);
    // With all of it in memory it would be more than 350.
    expect(large.peak).toBeLessThan(250 * mebibyte);
  },
  300_000,
);
