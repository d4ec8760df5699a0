/** `migrate users` against bare AdminCreateUser calls, and its memory for ten times as many users. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CREDENTIALS } from '../scripts/local/aws/running-endpoint';
import { startTestDatabase, type TestDatabase } from '../support/database';
import { inTurn, median, type Row, round, type Topic } from './measure';
import type { ServedPool } from './pool-server';

const root = path.resolve(__dirname, '..', '..');
const few = 10_000;
const many = 100_000;
const concurrency = 10;

/** Prints what the process has used when it ends: megabytes at the most, processor seconds. */
const usage = `data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();console.error('used '+JSON.stringify({mb:u.maxRSS/1024,cpu:(u.userCPUTime+u.systemCPUTime)/1e6}))})`;

interface Sample {
  readonly seconds: number;
  readonly mb: number;
  readonly cpu: number;
}

async function measure(script: string, args: readonly string[], env: object): Promise<Sample> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', usage, '--import', 'tsx', script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data;
  });
  const [code] = await once(child, 'close');
  const seconds = (performance.now() - started) / 1000;
  const [, used] = /^used (.*)$/m.exec(errors) ?? [];
  if (code !== 0 || used === undefined) throw new Error(`${script} ended with ${code}:\n${errors}`);
  return { seconds, ...(JSON.parse(used) as { mb: number; cpu: number }) };
}

/** Runs `work` beside a pool without users. */
async function withPool<T>(directory: string, work: (pool: ServedPool) => Promise<T>): Promise<T> {
  const state = await mkdtemp(path.join(directory, 'pool-'));
  const script = path.join(__dirname, 'pool-server.ts');
  const server = spawn(process.execPath, ['--import', 'tsx', script, state], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'close');
  try {
    const [line] = (await Promise.race([once(server.stdout, 'data'), ended])) as [Buffer];
    return await work(JSON.parse(String(line)) as ServedPool);
  } finally {
    server.kill('SIGKILL');
    await ended;
    await rm(state, { recursive: true });
  }
}

async function writeUsers(file: string, count: number, password: 'none' | 'bcrypt'): Promise<string> {
  const lines = function* () {
    yield 'id,email,encrypted_password,email_confirmed_at,raw_user_meta_data\n';
    for (let index = 0; index < count; index++) {
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      const hash = password === 'none' ? '' : `$2a$10$${String(index).padStart(53, 'x')}`;
      yield `${id},user-${index}@example.com,${hash},2024-05-06 07:08:09+00,"{""full_name"": ""User ${index}""}"\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return file;
}

export const migrateUsers: Topic = {
  name: 'migrate-users',
  async run(runs) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-bench-users-'));
    const database = await startTestDatabase();
    try {
      const { repeated, once: single } = await candidates(directory, database);
      const samples = { ...(await inTurnSamples(runs, repeated)), ...(await inTurnSamples(1, single)) };
      const reference = median(samples['bare AdminCreateUser, 10,000']?.map(({ seconds }) => seconds) ?? []);
      const rows = Object.entries(samples).map(([what, all]): Row => {
        const count = what.includes('100,000') ? many : few;
        const seconds = median(all.map((sample) => sample.seconds));
        return {
          what,
          figures: {
            seconds: round(seconds),
            'users/s': round(count / seconds, 0),
            'x bare': round((reference / few) * (count / seconds)),
            'cpu s': round(median(all.map(({ cpu }) => cpu))),
            'peak MB': round(Math.max(...all.map(({ mb }) => mb)), 0),
          },
        };
      });
      return {
        topic: 'migrate-users',
        reference: `AdminCreateUser by the SDK and nothing else, ${concurrency} at a time, the same local pool`,
        goal: 'created: >= 0.7 x bare, with its rows and a durable journal; 100,000 users in at most 64 MB more than 10,000',
        rows,
      };
    } finally {
      await database.close();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

/** As `inTurn`, with more than one figure a run. */
async function inTurnSamples(
  runs: number,
  all: Record<string, () => Promise<Sample>>,
): Promise<Record<string, Sample[]>> {
  const samples: Record<string, Sample[]> = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  await inTurn(
    runs,
    Object.fromEntries(
      Object.entries(all).map(([name, run]) => [
        name,
        async () => {
          const sample = await run();
          samples[name]?.push(sample);
          return sample.seconds;
        },
      ]),
    ),
  );
  return samples;
}

async function candidates(
  directory: string,
  database: TestDatabase,
): Promise<Record<'repeated' | 'once', Record<string, () => Promise<Sample>>>> {
  const { user, password, host, port, database: name, ca } = database.target('owner');
  const authority = path.join(directory, 'ca.pem');
  await writeFile(authority, ca ?? '');
  const aws = {
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${name}?sslrootcert=${authority}`,
  };
  const bare = (count: number) => () =>
    withPool(directory, ({ url, poolId }) =>
      measure(path.join(__dirname, 'bare-creations.ts'), [poolId, String(count), String(concurrency)], {
        ...aws,
        AWS_ENDPOINT_URL: url,
      }),
    );
  const command =
    (from: string, ...more: readonly string[]) =>
    () =>
      withPool(directory, async ({ url, poolId }) => {
        await database.admin.query('delete from landfall.users; delete from landfall.legacy_users');
        const journal = await mkdtemp(path.join(directory, 'journal-'));
        const to = ['--to', poolId, '--issuer', 'https://old.example.com/auth/v1'];
        const how = ['--rate', '10000', '--concurrency', String(concurrency), ...more];
        const kept = more.includes('--execute') ? ['--journal', path.join(journal, 'users.jsonl')] : [];
        return measure(
          path.join(root, 'scripts', 'landfall.ts'),
          ['migrate', 'users', '--from', from, ...to, ...how, ...kept],
          { ...aws, AWS_ENDPOINT_URL: url },
        );
      });
  const [fewNew, manyNew, fewLazy, manyLazy] = await Promise.all([
    writeUsers(path.join(directory, 'few.csv'), few, 'none'),
    writeUsers(path.join(directory, 'many.csv'), many, 'none'),
    writeUsers(path.join(directory, 'few-lazy.csv'), few, 'bcrypt'),
    writeUsers(path.join(directory, 'many-lazy.csv'), many, 'bcrypt'),
  ]);
  return {
    repeated: {
      'bare AdminCreateUser, 10,000': bare(few),
      'created, 10,000': command(fewNew, '--execute'),
      'left lazy with hashes, 10,000': command(fewLazy, '--execute', '--with-hashes'),
      'left lazy with hashes, 100,000': command(manyLazy, '--execute', '--with-hashes'),
      'planned, 100,000': command(manyNew),
    },
    // Takes minutes, and is here for its memory.
    once: { 'created, 100,000 (once)': command(manyNew, '--execute') },
  };
}
