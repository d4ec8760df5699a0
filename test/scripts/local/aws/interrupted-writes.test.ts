/**
 * Death at every single file operation: from the N-th on, each one fails, as for a process that was killed there
 * (a write stops half-way). A fresh engine then reads what is on disk.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs, { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Entry, Journal } from '../../../../scripts/local/aws/journal';
import { type Versioning, VersionStore } from '../../../../scripts/local/aws/s3/version-store';
import { SecretsEngine } from '../../../../scripts/local/aws/secrets';

const PLACE = { region: 'us-east-1', accountId: '000000000000' };
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Lets `alive` file operations pass, then none. */
function dieAfter(alive: number): { died: () => boolean; revive: () => void } {
  let operations = 0;
  const dead = () => operations++ >= alive;
  const killed = () => Object.assign(new Error('killed'), { code: 'EIO' });
  const { open, rename, rm: remove, mkdir } = fs;
  const spies = [
    jest
      .spyOn(fs, 'rename')
      .mockImplementation(async (...args) => (dead() ? Promise.reject(killed()) : rename(...args))),
    jest
      .spyOn(fs, 'rm')
      .mockImplementation(async (...args) => (dead() ? Promise.reject(killed()) : remove(...args))),
    jest
      .spyOn(fs, 'mkdir')
      .mockImplementation((async (...args: Parameters<typeof mkdir>) =>
        dead() ? Promise.reject(killed()) : mkdir(...args)) as typeof mkdir),
    jest.spyOn(fs, 'open').mockImplementation(async (...args) => {
      if (dead()) throw killed();
      const handle = await open(...args);
      const write = handle.writeFile.bind(handle);
      handle.writeFile = async (data, ...rest) => {
        if (!dead()) return write(data, ...rest);
        const text = String(data);
        await write(text.slice(0, text.length / 2));
        throw killed();
      };
      return handle;
    }),
  ];
  const revive = () => {
    for (const spy of spies) spy.mockRestore();
  };
  return { died: () => operations > alive, revive };
}

/** Runs `work` again and again, dying one operation later each time, until it gets through; `check` after each. */
async function atEveryOperation(
  prepare: (directory: string) => Promise<void>,
  work: (directory: string) => Promise<void>,
  check: (directory: string, acknowledged: boolean) => Promise<void>,
): Promise<number> {
  for (let alive = 0; ; alive++) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-interrupted-'));
    await prepare(directory);
    const death = dieAfter(alive);
    let acknowledged = true;
    await work(directory).catch(() => {
      acknowledged = false;
    });
    const finished = !death.died();
    death.revive();
    await check(directory, acknowledged);
    await rm(directory, { recursive: true, force: true });
    if (finished) return alive;
  }
}

async function put(store: VersionStore, key: string, text: string, versioning: Versioning): Promise<void> {
  const staged = path.join(store.staging, randomBytes(8).toString('hex'));
  await writeFile(staged, text);
  const content = {
    size: text.length,
    etag: md5(text),
    headers: {},
    metadata: {},
    encryption: 'AES256',
    storageClass: 'STANDARD',
  };
  await store.put(key, staged, content, versioning, () => undefined);
}

async function contentOf(store: VersionStore, key: string): Promise<string | undefined> {
  const version = store.current(key);
  if (!version || version.deleteMarker) return undefined;
  const text = await readFile(store.dataFile(version), 'utf8');
  expect(md5(text)).toBe(version.etag);
  return text;
}

const opened = async (directory: string) => VersionStore.open(directory);

describe.each<Versioning>(['off', 'Enabled', 'Suspended'])('with versioning %s', (versioning) => {
  const prepare = async (directory: string) => {
    const store = await opened(directory);
    await put(store, 'key', 'old', versioning);
    running.set(directory, store);
  };
  const running = new Map<string, VersionStore>();
  const of = (directory: string) => running.get(directory) as VersionStore;

  test('an interrupted overwrite leaves the old object or the new one, whole', async () => {
    const operations = await atEveryOperation(
      prepare,
      (directory) => put(of(directory), 'key', 'new', versioning),
      async (directory, acknowledged) => {
        const store = await opened(directory);
        expect(acknowledged ? ['new'] : ['old', 'new']).toContain(await contentOf(store, 'key'));
        expect(store.versions('key').length).toBeLessThanOrEqual(versioning === 'Enabled' ? 2 : 1);
        const files = await readdir(path.join(directory, 'objects'));
        expect(files).toHaveLength(store.versions('key').length * 2);
      },
    );
    expect(operations).toBeGreaterThan(3);
  });

  test('an interrupted delete leaves the object or nothing', async () => {
    await atEveryOperation(
      prepare,
      async (directory) => {
        await of(directory).delete('key', versioning, () => undefined);
      },
      async (directory, acknowledged) => {
        const content = await contentOf(await opened(directory), 'key');
        expect(acknowledged ? [undefined] : [undefined, 'old']).toContain(content);
      },
    );
  });
});

test('an interrupted write of a state file leaves the old state or the new one', async () => {
  const file = (directory: string) => path.join(directory, 'secrets.json');
  const engines = new Map<string, SecretsEngine>();
  const operations = await atEveryOperation(
    async (directory) => {
      const engine = await SecretsEngine.open(file(directory), PLACE);
      await engine.createSecret({ name: 'secret', properties: { SecretString: 'old' } });
      engines.set(directory, engine);
    },
    async (directory) => {
      await engines.get(directory)?.put('secret', { text: 'new' });
    },
    async (directory, acknowledged) => {
      const value = (await SecretsEngine.open(file(directory), PLACE)).read('secret');
      expect(acknowledged ? ['new'] : ['old', 'new']).toContain(value);
      expect(await readdir(directory)).toEqual(['secrets.json']);
    },
  );
  expect(operations).toBeGreaterThan(2);
});

describe('an interrupted journal', () => {
  const fileIn = (directory: string) => path.join(directory, 'records.jsonl');
  const open = (directory: string, entries: Entry[] = []) =>
    Journal.open(fileIn(directory), (entry) => entries.push(entry));
  const running = new Map<string, Journal>();
  const of = (directory: string) => running.get(directory) as Journal;
  const prepare = async (directory: string) => {
    const journal = await open(directory);
    await journal.append(['n', 'one', 1], ['n', 'one', 2]);
    running.set(directory, journal);
  };
  const readAgain = async (directory: string) => {
    const entries: Entry[] = [];
    await open(directory, entries);
    return entries.map(([, , value]) => value);
  };

  test('has what was acknowledged, whole lines only, and takes further ones', async () => {
    const operations = await atEveryOperation(
      prepare,
      (directory) => of(directory).append(['n', 'two', 3]),
      async (directory, acknowledged) => {
        const values = await readAgain(directory);
        expect(
          acknowledged
            ? [[1, 2, 3]]
            : [
                [1, 2],
                [1, 2, 3],
              ],
        ).toContainEqual(values);
        await (await open(directory)).append(['n', 'three', 4]);
        expect((await readAgain(directory)).at(-1)).toBe(4);
      },
    );
    expect(operations).toBeGreaterThanOrEqual(2);
  });

  test('that failed to write writes the same changes with the next ones, in the same process', async () => {
    await atEveryOperation(
      prepare,
      (directory) => of(directory).append(['n', 'two', 3]),
      async (directory) => {
        await of(directory).append(['n', 'three', 4]);
        expect(await readAgain(directory)).toEqual([1, 2, 3, 4]);
      },
    );
  });

  test('that was being rewritten is the old one or the new one', async () => {
    await atEveryOperation(
      prepare,
      (directory) => of(directory).rewrite([['n', 'one', 2]]),
      async (directory, acknowledged) => {
        const values = await readAgain(directory);
        expect(acknowledged ? [[2]] : [[1, 2], [2]]).toContainEqual(values);
        expect(await readdir(directory)).toEqual(['records.jsonl']);
      },
    );
  });
});
