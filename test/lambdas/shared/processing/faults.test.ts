import { randomUUID } from 'node:crypto';
import { ApiError } from '../../../../lambdas/shared/errors';
import { logger } from '../../../../lambdas/shared/logger';
import type { WorkerDependencies } from '../../../../lambdas/shared/processing/queue-handler';
import { startTestDatabase, type TestDatabase } from '../../../support/database';
import { startTestBucket, type TestBucket } from '../../../support/object-store';
import { soaking } from '../../../support/soak';
import { Steps } from '../../../support/steps';
import { type TestFile, TestWorker } from '../../../support/worker';

logger.setLogLevel('SILENT');

let database: TestDatabase;
let bucket: TestBucket;
let worker: TestWorker;

beforeAll(async () => {
  [database, bucket] = await Promise.all([startTestDatabase(), startTestBucket()]);
  worker = await TestWorker.start(database, bucket);
});
beforeEach(() => worker.reset());
afterAll(async () => {
  await worker.close();
  await Promise.all([database.close(), bucket.close()]);
});

const ready = { status: 'ready', failure: null, claimed: false, saves: 1 };

async function files(count: number): Promise<TestFile[]> {
  const made: TestFile[] = [];
  for (let n = 0; n < count; n++) made.push(await worker.file());
  return made;
}

/** A process that ends at a point: nothing that it does afterwards has an effect. */
function mortal(dies: (point: number) => boolean) {
  let dead = false;
  const steps = new Steps((point) => {
    dead ||= dies(point);
    if (dead) throw new Error('the process is gone');
  });
  const around = (deps: WorkerDependencies): WorkerDependencies => ({
    ...deps,
    database: steps.maintenance(deps.database),
    storage: steps.service({ find: deps.storage.find }),
    queue: steps.service(deps.queue),
  });
  return { around, died: () => dead, steps };
}

it('a worker that is killed at any point loses nothing and doubles nothing', async () => {
  const whole = mortal(() => false);
  const [first] = await files(1);
  await worker.send(first as TestFile);
  await worker.invoke(whole);
  const points = whole.steps.passed;
  expect(points).toBeGreaterThan(15);
  for (let point = 1; point <= points; point++) {
    await worker.reset();
    const [file] = await files(1);
    await worker.send(file as TestFile);
    await worker.invoke(mortal((at) => at === point));
    await worker.drain();
    expect([point, await worker.outcome((file as TestFile).id)]).toMatchObject([point, ready]);
    expect([point, worker.givenUp()]).toEqual([point, []]);
  }
});

it('a worker that is killed while it gives a file up leaves the file failed, with a dead letter or two', async () => {
  const giveUp = async (dies: (point: number) => boolean) => {
    await worker.reset();
    const [file] = (await files(1)) as [TestFile];
    await worker.send(file);
    worker.work = () => Promise.reject(new Error('never'));
    for (let receive = 1; receive < 8; receive++) {
      await worker.invoke();
      worker.pass(worker.secondsUntilVisible() + 0.01);
    }
    const process = mortal(dies);
    await worker.invoke(process);
    return { file, points: process.steps.passed };
  };
  const { points } = await giveUp(() => false);
  for (let point = 1; point <= points; point++) {
    const { file } = await giveUp((at) => at === point);
    // A ninth receive does not come: SQS moves the message itself. Nobody has to know which of the two it was.
    await worker.drain();
    const kept = worker.givenUp();
    expect([point, kept.length >= 1 && kept.length <= 2]).toEqual([point, true]);
    await worker.sqs.purge(worker.deadLetters);
    worker.work = async () => 'done';
    worker.pass(700);
    await worker.send(file, { redrive: true });
    await worker.drain();
    expect([point, await worker.outcome(file.id)]).toMatchObject([point, ready]);
  }
});

it('a poison file among 100 is given up with its reason, and the 100 are ready', async () => {
  const all = await files(101);
  const [poison] = all.splice(57, 1) as [TestFile];
  for (const file of [...all.slice(0, 57), poison, ...all.slice(57)]) await worker.send(file);
  for (let round = 0; worker.sqs.messages(worker.queue).length > 0; round++) {
    expect(round).toBeLessThan(200);
    let dead = false;
    const process = mortal(() => dead);
    worker.work = async ({ row }) => {
      dead = row.id === poison.id;
      return 'done';
    };
    if ((await worker.invoke(process)).messages === 0) worker.pass(worker.secondsUntilVisible());
  }
  expect(await worker.outcome(poison.id)).toMatchObject({ status: 'failed', failure: 'crashed', saves: 0 });
  expect(worker.givenUp()).toMatchObject([{ reason: 'crashed', key: poison.key }]);
  for (const outcome of await worker.outcomes(all)) expect(outcome).toMatchObject(ready);
});

it('a database that is down for 20 s delays files and loses none', async () => {
  const all = await files(20);
  for (const file of all) await worker.send(file);
  const start = worker.sqs.now();
  let refused = 0;
  const down = () => worker.sqs.now() >= start + 1_000 && worker.sqs.now() < start + 21_000;
  worker.around = (deps) => ({
    ...deps,
    database: {
      ...deps.database,
      transaction: async (task) => {
        refused += down() ? 1 : 0;
        const result = down() ? undefined : await deps.database.transaction(task);
        // Also what was committed a moment before: its answer is lost.
        if (result === undefined && down())
          throw new ApiError('unavailable', 'The database cannot be reached.');
        return result as Awaited<ReturnType<typeof task>>;
      },
    },
  });
  worker.work = async () => {
    worker.pass(0.4);
    return 'done';
  };
  await worker.drain(5);
  expect(refused).toBeGreaterThan(5);
  for (const outcome of await worker.outcomes(all)) expect(outcome).toMatchObject(ready);
  expect(worker.givenUp()).toEqual([]);
});

it('an S3 that fails every other time delays files and loses none', async () => {
  const all = await files(20);
  for (const file of all) await worker.send(file);
  let calls = 0;
  worker.around = (deps) => ({
    ...deps,
    storage: {
      find: (...args) => (calls++ % 2 === 0 ? Promise.reject(new Error('500')) : deps.storage.find(...args)),
    },
  });
  await worker.drain();
  for (const outcome of await worker.outcomes(all)) expect(outcome).toMatchObject(ready);
});

/** Numbers in [0, 1) that a seed repeats. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const seeds = Array.from({ length: soaking ? 200 : 6 }, (_, index) => 7 * index + 1);

it.each(seeds)(
  'however events are doubled, late, stale and interrupted, each file is worked on once (seed %i)',
  async (seed) => {
    const next = random(seed);
    const chance = (probability: number) => next() < probability;
    const all = await files(8);
    const late: (() => Promise<void>)[] = [];
    for (const file of all) {
      const copies = 1 + Math.floor(next() * 3);
      for (let copy = 0; copy < copies; copy++) late.push(() => worker.send(file));
      if (chance(0.5)) late.push(() => worker.send({ ...file, version: 'an-older-one' }));
    }
    if (chance(0.5)) {
      const key = worker.keyOf(randomUUID());
      late.push(async () => worker.send({ key, version: await worker.object(key) }));
    }
    late.sort(() => next() - 0.5);
    const failures = new Map<string, number>();
    let kills = 4;
    const mayFail = (id: string, times: number) => {
      const before = failures.get(id) ?? 0;
      if (before >= times || !chance(0.3)) return false;
      failures.set(id, before + 1);
      return true;
    };
    worker.work = async ({ row }) => {
      worker.pass(next() * 10);
      if (mayFail(row.id, 2)) throw new Error('transient');
      return 'done';
    };
    for (let round = 0; late.length > 0 || worker.sqs.messages(worker.queue).length > 0; round++) {
      expect(round).toBeLessThan(1000);
      for (const send of late.splice(0, Math.floor(next() * 4))) await send();
      const processes = Array.from({ length: 1 + Math.floor(next() * 3) }, () => {
        // Two kills at most per file, of three: a third one would rightly end it.
        const at = kills > 0 && chance(0.15) ? Math.ceil(next() * 60) : 0;
        if (at > 0) kills -= 2;
        return mortal((point) => point === at);
      });
      const runs = await Promise.all(
        processes.map((process) => worker.invoke({ ...process, max: 1 + Math.floor(next() * 5) })),
      );
      if (runs.every(({ messages }) => messages === 0)) worker.pass(worker.secondsUntilVisible());
    }
    expect(await worker.outcomes(all)).toEqual(all.map(() => expect.objectContaining(ready)));
    expect(worker.givenUp().filter(({ reason }) => reason !== undefined)).toEqual([]);
  },
);
