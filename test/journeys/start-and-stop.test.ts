import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { coverageCommand } from '../../scripts/audit/coverage/command';
import type { RoleCoverage } from '../../scripts/audit/coverage/coverage';
import { claimPorts } from '../../scripts/local/ports';
import { DocumentsClient, pdf, pdfType } from './documents-client';

const main = resolve(__dirname, '..', '..', 'scripts', 'local', 'main.ts');
const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-process-'));
const started: ChildProcess[] = [];
let port: number;

interface Running {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  readonly exited: Promise<number | null>;
}

/** `npm start -- <flags>`, as a process of its own. */
function npmStart(...flags: string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const exited = new Promise<number | null>((done) => child.once('close', done));
  return { child, output: () => text, exited };
}

async function ready(running: Running): Promise<DocumentsClient> {
  let code: number | null | undefined;
  void running.exited.then((exitCode) => {
    code = exitCode;
  });
  while (!running.output().includes('Landfall is ready')) {
    if (code !== undefined) throw new Error(`It stopped with code ${code}:\n${running.output()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const token = await (await fetch(`http://localhost:${port}/_landfall/token`)).text();
  return new DocumentsClient(`http://localhost:${port}`, token);
}

/** Whether somebody answers at an address. */
const accepts = (host: string, at: number) =>
  new Promise<boolean>((done) => {
    const socket = connect({ host, port: at, timeout: 2_000 });
    const end = (answer: boolean) => () => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

const flags = () => ['--port', String(port), '--state', stateDirectory];

beforeAll(async () => {
  port = (await claimPorts(0)).api;
});

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(stateDirectory, { recursive: true, force: true });
});

test('one runtime at a time, none of its commits lost by kill -9, everything stopped by Ctrl-C', async () => {
  const first = npmStart(...flags());
  const user = await ready(first);
  expect(first.output()).toMatch(/ready after \d+\.\d s/);
  expect(first.output()).toContain(`http://localhost:${port}/_landfall/api/`);
  const curl = /curl -H 'Authorization: Bearer (\S+)' (\S+)/.exec(first.output());
  expect(await new DocumentsClient('', curl?.[1]).get(curl?.[2] as string)).toMatchObject({ status: 200 });

  const ports = [0, 1, 2, 3].map((offset) => port + offset);
  // A server on all interfaces would answer at 127.0.0.2 as well, where a machine has that address.
  const elsewhereAddresses = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses.filter(({ internal }) => !internal))
    .map(({ address, scopeid }) => (scopeid ? undefined : address))
    .concat('127.0.0.2', '::1')
    .filter((address) => address !== undefined);
  for (const at of ports) {
    expect({ at, local: await accepts('127.0.0.1', at) }).toEqual({ at, local: true });
    for (const address of elsewhereAddresses) {
      expect({ at, address, answers: await accepts(address, at) }).toEqual({ at, address, answers: false });
    }
  }

  const second = npmStart(...flags());
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`Landfall is already running at http://localhost:${port}`);

  const elsewhere = npmStart('--port', String(port), '--state', join(stateDirectory, 'other'));
  expect(await elsewhere.exited).toBe(1);
  expect(elsewhere.output()).toContain(
    `Another program uses port ${port} (the API), ${port + 1} (the AWS endpoint)`,
  );
  expect(elsewhere.output()).toContain(`--port ${port + 1000}`);

  const kept = await user.upload({ bytes: pdf, mimeType: pdfType, fileName: 'kept.pdf' });
  expect(kept.status).toBe(200);
  first.child.kill('SIGKILL');
  await first.exited;
  expect(existsSync(join(stateDirectory, 'lock.json'))).toBe(true);

  const third = npmStart(...flags());
  const again = await ready(third);
  expect((await again.get('/documents')).body.items).toEqual([kept.body]);
  const file = await fetch((await again.get(`/documents/${kept.body.id}/download`)).body.url);
  expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true);
  const { body } = await again.get('/documents');
  expect(body.items).toHaveLength(1);
  expect(third.output()).toMatch(/\d\d:\d\d:\d\d GET \/documents 200 \d+ ms documents/);

  const stopping = Date.now();
  third.child.kill('SIGINT');
  expect(await third.exited).toBe(0);
  expect(Date.now() - stopping).toBeLessThan(5_000);
  expect(existsSync(join(stateDirectory, 'lock.json'))).toBe(false);
  await expect(claimPorts(port)).resolves.toMatchObject({ api: port });
  expect(readFileSync(join(stateDirectory, 'runtime.log'), 'utf8')).not.toMatch(/eyJ[\w-]+\.eyJ/);

  let coverage = '';
  const record = join(stateDirectory, 'iam', 'record.json');
  await coverageCommand(['--record', record, '--json'], (text) => {
    coverage += text;
  });
  const documents = (JSON.parse(coverage) as RoleCoverage[]).find(
    ({ role }) => role === 'api/documents/FunctionRole',
  );
  expect(documents?.denied).toEqual([]);
  expect(documents?.used.map(({ grant }) => grant)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^s3:GetObject .*\/users\/\*$/)]),
  );

  const fresh = npmStart(...flags(), '--fresh');
  expect((await (await ready(fresh)).get('/documents')).body.items).toEqual([]);
  expect(fresh.output()).toContain('Removing all local data first');
  fresh.child.kill('SIGTERM');
  expect(await fresh.exited).toBe(0);
}, 300_000);

test('--fresh removes no directory that no runtime has written', async () => {
  const home = join(stateDirectory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'thesis.txt'), 'chapter 1');
  const running = npmStart('--fresh', '--port', String((await claimPorts(0)).api), '--state', home);
  expect(await running.exited).toBe(1);
  expect(running.output()).toContain(`--fresh removes ${home} with everything in it`);
  expect(readFileSync(join(home, 'thesis.txt'), 'utf8')).toBe('chapter 1');
}, 120_000);

test('wrong usage is explained, with exit code 2', async () => {
  const wrong = npmStart('--port', 'many');
  expect(await wrong.exited).toBe(2);
  expect(wrong.output()).toContain('--port expects a number from 1 to 65530');
  const unknown = npmStart('--colour');
  expect(await unknown.exited).toBe(2);
  expect(unknown.output()).toContain('--blueprint <name>');
});

test('an environment that does not exist is an error that says so', async () => {
  const running = npmStart(
    '--env',
    'moon',
    '--port',
    String((await claimPorts(0)).api),
    '--state',
    join(stateDirectory, 'moon'),
  );
  expect(await running.exited).toBe(1);
  expect(running.output()).toMatch(/found: +"moon"\s+expected: one of local/);
}, 120_000);
