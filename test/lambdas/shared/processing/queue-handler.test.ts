import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openWorkerDatabase, type Query } from '../../../../lambdas/shared/database';
import { ApiError } from '../../../../lambdas/shared/errors';
import { logger } from '../../../../lambdas/shared/logger';
import { claim } from '../../../../lambdas/shared/processing/claims';
import { ProcessingFailure } from '../../../../lambdas/shared/processing/processor';
import { startTestDatabase, type TestDatabase } from '../../../support/database';
import { startTestBucket, type TestBucket } from '../../../support/object-store';
import { scanned, type TestFile, TestWorker } from '../../../support/worker';

// Failures are made on purpose; what becomes of them is asserted.
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

const ready = { status: 'ready', failure: null, crashes: 0, claimed: false, saves: 1 };
const failed = (failure: string, more = {}) => ({
  status: 'failed',
  failure,
  crashes: 0,
  claimed: false,
  saves: 0,
  ...more,
});
/** Messages in the queue and in the dead letters. */
const left = () => [worker.sqs.messages(worker.queue).length, worker.sqs.messages(worker.deadLetters).length];
const none = [0, 0];
const away = () => Promise.reject(new ApiError('unavailable', 'The database cannot be reached right now.'));

describe('a file', () => {
  it('is worked on once and is ready', async () => {
    const file = await worker.file('hello');
    await worker.send(file);
    worker.work = async ({ object, row, requestId }) =>
      `${row.object_key} ${requestId} ${(await object.read(0, object.size)).toString()}`;
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(file.id)).toEqual(ready);
    const { rows } = await database.admin.query('select result from landfall.saves');
    expect(rows).toEqual([{ result: `${file.key} request hello` }]);
    expect(left()).toEqual(none);
  });

  it('is read in exactly the version of its row, whatever lies there by now', async () => {
    const file = await worker.file('first');
    await worker.object(file.key, 'a later one');
    await worker.send(file);
    worker.work = async ({ object }) => (await object.read(0, object.size)).toString();
    await worker.invoke();
    const { rows } = await database.admin.query('select result from landfall.saves');
    expect(rows).toEqual([{ result: 'first' }]);
  });

  it('whose event comes twice is worked on once', async () => {
    const file = await worker.file();
    await worker.send(file);
    await worker.send(file);
    await worker.invoke();
    await worker.send(file);
    await worker.invoke();
    expect(worker.processed).toEqual([file.id]);
    expect(await worker.outcome(file.id)).toEqual(ready);
    expect(left()).toEqual(none);
  });

  it('whose event is about another version is left alone', async () => {
    const file = await worker.file();
    await worker.send({ ...file, version: 'other' });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(worker.processed).toEqual([]);
    expect(await worker.outcome(file.id)).toMatchObject({ status: 'processing', claimed: false });
  });

  it('that its user deleted is left alone', async () => {
    const file = await worker.file();
    await worker.set(file.id, 'deleted_at = now()');
    await worker.send(file);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(worker.processed).toEqual([]);
  });

  it('that its user deletes while it is worked on is not saved', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = async () => {
      await worker.set(file.id, 'deleted_at = now()');
      return 'too late';
    };
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    worker.pass(2);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(file.id)).toMatchObject({ status: 'processing', saves: 0 });
    expect(left()).toEqual(none);
  });

  it('that nobody has a row for is an orphan, and its message is done', async () => {
    const key = worker.keyOf(randomUUID());
    await worker.send({ key, version: await worker.object(key) });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(left()).toEqual(none);
  });
});

describe('an event that comes before its row', () => {
  const upload = (id: string, key: string) =>
    database.admin.query(
      `insert into landfall.uploads
         (id, user_id, type, name, file_name, mime_type, size, object_key, created_at, expires_at)
       values ($1, $2, 'resume', 'n', 'a.pdf', 'application/pdf', 7, $3, now(), now() + interval '1 hour')`,
      [id, worker.userId, key],
    );

  it('waits for the commit', async () => {
    const id = randomUUID();
    const key = worker.keyOf(id);
    const version = await worker.object(key);
    await upload(id, key);
    await worker.send({ key, version });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    expect(worker.secondsUntilVisible()).toBeCloseTo(5, 0);
    await database.admin.query('delete from landfall.uploads');
    await worker.row(id, version);
    worker.pass(6);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(id)).toEqual(ready);
  });

  it('is found when the upload becomes the row between the two looks for them', async () => {
    const id = randomUUID();
    const key = worker.keyOf(id);
    const version = await worker.object(key);
    await worker.send({ key, version });
    worker.around = (deps) => ({
      ...deps,
      database: {
        ...deps.database,
        transaction: (task) =>
          deps.database.transaction((query) =>
            task((async (text: string, values?: readonly unknown[]) => {
              if (text.includes('landfall.uploads')) await worker.row(id, version);
              return query(text, values);
            }) as typeof query),
          ),
      },
    });
    await worker.invoke();
    expect(await worker.outcome(id)).toEqual(ready);
  });

  it('is done in the end when the upload is never completed: its completion would copy the file anew', async () => {
    const id = randomUUID();
    const key = worker.keyOf(id);
    await upload(id, key);
    await worker.send({ key, version: await worker.object(key) });
    await worker.drain();
    expect(left()).toEqual(none);
  });

  it('waits for a row that does not know its version yet', async () => {
    const id = randomUUID();
    const key = worker.keyOf(id);
    const version = await worker.object(key);
    await worker.row(id, null);
    await worker.send({ key, version });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    await worker.set(id, `object_version = '${version}'`);
    worker.pass(6);
    await worker.invoke();
    expect(await worker.outcome(id)).toEqual(ready);
  });
});

describe('a permanent failure', () => {
  it('fails the row with its code at once, and the message is done', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = () => Promise.reject(new ProcessingFailure('encrypted', 'it has a password'));
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(file.id)).toEqual(failed('encrypted'));
    expect(left()).toEqual(none);
  });

  it('is a file that takes too long: it is told to stop, and code `timeout`', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.secondsPerFile = 0.05;
    let stopped: unknown;
    worker.work = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped = signal.reason;
          reject(new Error('aborted'));
        });
      });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(file.id)).toEqual(failed('timeout'));
    expect(stopped).toMatchObject({ code: 'timeout' });
  });

  it('is a file that does not even listen', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.secondsPerFile = 0.05;
    worker.work = () => new Promise(() => undefined);
    await worker.invoke();
    expect(await worker.outcome(file.id)).toEqual(failed('timeout'));
  });

  it('has a code that the row takes', () => {
    expect(() => new ProcessingFailure('Too big!', 'it is')).toThrow('expected a code such as "encrypted"');
  });
});

describe('a transient failure', () => {
  it('is tried again, later each time: 5 s, doubled up to 5 minutes', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = () => Promise.reject(new Error('S3 is away'));
    const pauses: number[] = [];
    for (let receive = 1; receive < 8; receive++) {
      expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
      expect(await worker.outcome(file.id)).toEqual({ ...ready, status: 'processing', saves: 0 });
      pauses.push(Math.round(worker.secondsUntilVisible()));
      worker.pass(worker.secondsUntilVisible() + 0.01);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300]);
  });

  it('that passes does no harm', async () => {
    const file = await worker.file();
    await worker.send(file);
    let tries = 0;
    worker.work = async () => {
      if (++tries < 4) throw new Error('S3 is away');
      return 'done';
    };
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(ready);
    expect(left()).toEqual(none);
  });

  it('that stays is given up with the last receive: code `internal`, and a dead letter that says why', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = () => Promise.reject(new TypeError('cannot read properties\u0000 of undefined'));
    await worker.drain();
    expect(worker.processed).toHaveLength(8);
    expect(await worker.outcome(file.id)).toEqual(failed('internal'));
    expect(worker.givenUp()).toEqual([
      { reason: 'internal', key: file.key, error: 'cannot read properties  of undefined' },
    ]);
  });

  it('of what we depend on is given up as `unavailable`', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = away;
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(failed('unavailable'));
    expect(worker.givenUp()).toMatchObject([{ reason: 'unavailable' }]);
  });

  it('is an object that is not there: a missing right looks the same', async () => {
    const id = randomUUID();
    await worker.row(id, 'v1');
    await worker.send({ key: worker.keyOf(id), version: 'v1' });
    await worker.drain();
    expect(await worker.outcome(id)).toEqual(failed('internal'));
    expect(worker.givenUp()).toMatchObject([
      { error: expect.stringMatching(/^expected version v1 of .*found no/) },
    ]);
  });

  it('of the database before the claim is one, too; the message waits for it', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.around = (deps) => ({ ...deps, database: { ...deps.database, transaction: away } });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    worker.around = (deps) => deps;
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(ready);
  });

  it('of a database that stays away ends as a dead letter, from which the file can be tried anew', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.around = (deps) => ({ ...deps, database: { ...deps.database, transaction: away } });
    await worker.drain();
    expect(worker.givenUp()).toMatchObject([{ reason: 'unavailable', key: file.key }]);
    expect(await worker.outcome(file.id)).toMatchObject({ status: 'processing' });
    worker.around = (deps) => deps;
    await worker.send(file, { redrive: true });
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(ready);
  });

  it('of the queue leaves the message to its visibility timeout', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = () => Promise.reject(new Error('S3 is away'));
    worker.around = (deps) => ({
      ...deps,
      queue: { ...deps.queue, postpone: () => Promise.reject(new Error('no')) },
    });
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    expect(worker.secondsUntilVisible()).toBeGreaterThan(590);
  });

  it('of the queue at the last receive keeps row and message: SQS moves the latter', async () => {
    const file = await worker.file();
    await worker.send(file);
    worker.work = () => Promise.reject(new Error('S3 is away'));
    worker.around = (deps) => ({
      ...deps,
      queue: { ...deps.queue, giveUp: () => Promise.reject(new Error('no')) },
    });
    await worker.drain();
    expect(await worker.outcome(file.id)).toMatchObject({ status: 'processing' });
    expect(worker.givenUp()).toEqual([{ reason: undefined, key: undefined, error: undefined }]);
  });
});

describe('a claim', () => {
  it('of another worker is waited for, exactly as long as it lasts', async () => {
    const file = await worker.file();
    await worker.set(file.id, `claimed_until = '${new Date(worker.sqs.now() + 40_000).toISOString()}'`);
    await worker.send(file);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 1 });
    expect(worker.processed).toEqual([]);
    expect(worker.secondsUntilVisible()).toBeGreaterThan(39);
    expect(worker.secondsUntilVisible()).toBeLessThan(43);
  });

  it('that was lost while the file was worked on saves nothing: whoever has it now does', async () => {
    const file = await worker.file();
    await worker.send(file);
    await worker.send(file);
    let first = true;
    worker.work = async () => {
      if (!first) return 'second';
      first = false;
      worker.pass(60);
      await worker.invoke({ max: 1 });
      return 'first';
    };
    await worker.invoke({ max: 1 });
    await worker.drain();
    const { rows } = await database.admin.query('select result from landfall.saves');
    expect(rows).toEqual([{ result: 'second' }]);
    expect(await worker.outcome(file.id)).toEqual(ready);
  });

  it('that ended without an outcome counts as a crash, and the third one is the last', async () => {
    const file = await worker.file();
    await worker.send(file);
    await killed(async () => worker.invoke(), 3);
    expect(await worker.outcome(file.id)).toMatchObject({ status: 'processing', crashes: 2, claimed: true });
    worker.pass(700);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(await worker.outcome(file.id)).toEqual(failed('crashed', { crashes: 2 }));
    expect(worker.givenUp()).toMatchObject([{ reason: 'crashed', key: file.key }]);
    expect(worker.processed).toHaveLength(3);
  });

  it('is kept by a file that crashed twice and works then', async () => {
    const file = await worker.file();
    await worker.send(file);
    await killed(async () => worker.invoke(), 2);
    worker.pass(700);
    await worker.invoke();
    expect(await worker.outcome(file.id)).toEqual(ready);
  });

  /** Invocations that die with the file in their hands. */
  async function killed(invoke: () => Promise<unknown>, times: number): Promise<void> {
    const { work, around } = worker;
    for (let time = 0; time < times; time++) {
      if (time > 0) worker.pass(700);
      let dead = false;
      const unless = async () => {
        if (dead) throw new Error('the process is gone');
      };
      worker.around = (deps) => ({
        ...deps,
        database: {
          ...deps.database,
          transaction: (task) => unless().then(() => deps.database.transaction(task)),
        },
        queue: { postpone: () => Promise.resolve(), giveUp: () => Promise.reject(new Error('gone')) },
      });
      worker.work = async () => {
        dead = true;
        throw new Error('killed');
      };
      await invoke();
    }
    Object.assign(worker, { work, around });
  }
});

describe('a batch', () => {
  it('loses no neighbour to a file that fails', async () => {
    const files: TestFile[] = [];
    for (let n = 0; n < 10; n++) files.push(await worker.file());
    for (const file of files) await worker.send(file);
    const [, , poison, flaky] = files;
    worker.work = async ({ row }) => {
      if (row.id === poison?.id) throw new ProcessingFailure('corrupt', 'it is');
      if (row.id === flaky?.id) throw new Error('once');
      return 'done';
    };
    expect(await worker.invoke()).toEqual({ messages: 10, failed: 1 });
    worker.work = async () => 'done';
    await worker.drain();
    const outcomes = await worker.outcomes(files);
    expect(outcomes).toEqual(files.map(({ id }) => (id === poison?.id ? failed('corrupt') : ready)));
  });

  it('gives back at once what the time does not suffice for, untouched', async () => {
    const files = [await worker.file(), await worker.file(), await worker.file()];
    for (const file of files) await worker.send(file);
    const times = [900_000, 45_000, 44_999];
    worker.remaining = () => times.shift() ?? 0;
    expect(await worker.invoke()).toEqual({ messages: 3, failed: 1 });
    expect(worker.processed).toHaveLength(2);
    expect(worker.secondsUntilVisible()).toBeLessThan(1);
    const outcomes = await worker.outcomes(files);
    expect(outcomes.filter((outcome) => outcome?.status === 'processing')).toEqual([
      { status: 'processing', failure: null, crashes: 0, claimed: false, saves: 0 },
    ]);
  });
});

describe('a message', () => {
  it('that is none of ours is given up at once', async () => {
    await worker.sqs.send(worker.queue, [{ body: '{"Service":"Amazon S3","Event":"s3:TestEvent"}' }]);
    expect(await worker.invoke()).toEqual({ messages: 1, failed: 0 });
    expect(worker.givenUp()).toMatchObject([{ reason: 'unreadable', key: undefined }]);
    expect(worker.sqs.messages(worker.deadLetters)[0]?.message.body).toContain('s3:TestEvent');
  });

  it('that was given up can be tried anew, as often as somebody asks', async () => {
    const file = await worker.file();
    await worker.set(file.id, `status = 'failed', failure = 'internal', crashes = 2`);
    worker.work = () => Promise.reject(new ProcessingFailure('corrupt', 'still'));
    await worker.send(file, { redrive: true });
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(failed('corrupt'));
    worker.work = async () => 'done';
    await worker.send(file, { redrive: true });
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(ready);
    await worker.send(file, { redrive: true });
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(ready);
    expect(left()).toEqual(none);
  });
});

describe('a scan for malware', () => {
  it.each([
    ['THREATS_FOUND', failed('malware')],
    ['UNSUPPORTED', failed('unscannable')],
    ['ACCESS_DENIED', failed('unscannable')],
    ['NO_THREATS_FOUND', ready],
  ])('that ended with %s', async (result, expected) => {
    const file = await worker.file();
    await worker.send(file, { event: scanned(bucket.name, file.key, file.version, result) });
    await worker.drain();
    expect(await worker.outcome(file.id)).toEqual(expected);
    expect(worker.processed).toHaveLength(result === 'NO_THREATS_FOUND' ? 1 : 0);
    expect(await bucket.store.find(file.key)).toBeDefined();
    expect(left()).toEqual(none);
  });
});

it('lets a second claim wait for the first, and then find it', async () => {
  const file = await worker.file();
  const other = openWorkerDatabase(async () => database.target('worker'));
  const event = { bucket: bucket.name, key: file.key, versionId: file.version, size: 7 };
  const times = { now: worker.clock(), until: new Date(worker.sqs.now() + 60_000), redriven: false };
  const take = (query: Query) => claim(query, { table: 'documents', columns: [] }, event, times);
  let second: Promise<{ state: string }> | undefined;
  const first = await worker.database.transaction(async (query) => {
    const claimed = await take(query);
    second = other.transaction(take);
    await delay(200);
    return claimed;
  });
  expect([first.state, (await second)?.state]).toEqual(['claimed', 'busy']);
  await other.close();
});
