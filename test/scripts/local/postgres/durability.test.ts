import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DirectoryInUseError } from '../../../../scripts/local/postgres/directory-lock';
import { errorOf, type ServerUnderTest, startServerUnderTest, template } from './server-under-test';

/** Four starts of the engine, three of them in a row: half a minute on a busy machine with two cores. */
const SLOW_MS = 180_000;

let directory: string;
let child: ChildProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'landfall-durability-'));
});

afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

function reopen(): Promise<ServerUnderTest> {
  return startServerUnderTest({ dataDirectory: join(directory, 'data') });
}

async function numbers(fixture: ServerUnderTest): Promise<number[]> {
  const client = await fixture.connect('landfall');
  const { rows } = await client.query('select number from committed order by number');
  return rows.map(({ number }) => number);
}

test(
  'a committed row survives the death of the engine, kill -9 and a restart',
  async () => {
    const script = join(__dirname, 'insert-until-killed.ts');
    child = spawn(process.execPath, ['--import', 'tsx', script, directory, template], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines: string[] = [];
    let refused: Promise<Error> | undefined;
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      lines.push(line);
      // While the process lives, nobody else may open its files.
      if (line === 'committed 1') refused = errorOf(reopen());
      if (line.startsWith('failed')) throw new Error(line);
      if (lines.length > 500 && refused !== undefined) {
        await refused;
        child.kill('SIGKILL');
      }
    }
    await exited;
    expect(await refused).toBeInstanceOf(DirectoryInUseError);
    expect(lines[0]).toBe('disconnected 57P02');
    expect(lines[1]).toBe('recovered [{"number":0}]');

    const acknowledged = lines.filter((line) => line.startsWith('committed ')).length;
    const afterKill = await reopen();
    const survived = await numbers(afterKill);
    expect(survived.slice(0, acknowledged + 1)).toEqual(
      Array.from({ length: acknowledged + 1 }, (_, n) => n),
    );
    // At most the one row whose acknowledgement was on its way.
    expect(survived.length - acknowledged - 1).toBeLessThanOrEqual(1);
    await afterKill.close();

    const afterClose = await reopen();
    expect(await numbers(afterClose)).toEqual(survived);
    await afterClose.close();
  },
  SLOW_MS,
);
