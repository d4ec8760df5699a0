/** The package as it is published: built, and used by an application of either kind of modules. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const repository = path.resolve(__dirname, '../../..');
const source = path.join(repository, 'lib/application-storage');
const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
const tsc = path.join(repository, 'node_modules/.bin/tsc');
let application: string;

beforeAll(async () => {
  application = await mkdtemp(path.join(os.tmpdir(), 'landfall-storage-package-'));
  const installed = path.join(application, 'node_modules/@landfall/storage');
  await mkdir(installed, { recursive: true });
  execFileSync(tsc, ['--project', source, '--outDir', path.join(installed, 'dist')], { cwd: repository });
  await cp(path.join(source, 'package.json'), path.join(installed, 'package.json'));
  for (const scope of ['@aws-sdk', '@smithy', '@types'])
    await symlink(
      path.join(repository, 'node_modules', scope),
      path.join(application, 'node_modules', scope),
    );
});
afterAll(() => rm(application, { recursive: true, force: true }));

const use = `
  const storage = createStorage({});
  const stored = await storage.save('a.txt', Buffer.from('x'));
  console.log(await storage.exists(stored), StorageError.name, stored.replace(/[0-9a-f-]{36}/, 'id'));`;

it.each([
  [
    'require',
    'main.cjs',
    `const { createStorage, StorageError } = require('@landfall/storage'); (async () => {${use}})();`,
  ],
  ['import', 'main.mjs', `import { createStorage, StorageError } from '@landfall/storage';${use}`],
])('is there for %s', async (_how, file, code) => {
  await writeFile(path.join(application, file), code);
  const output = execFileSync(process.execPath, [file], { cwd: application, encoding: 'utf8' });
  expect(output.trim()).toBe('true StorageError uploads/id_a.txt');
});

it('does not load the SDK for files on disk', async () => {
  const code = `const { createStorage } = require('@landfall/storage');
    createStorage({ S3_BUCKET_NAME: 'files' }).save('a.txt', Buffer.from('x')).then(() =>
      console.log(Object.keys(require.cache).filter((file) => file.includes('@aws-sdk')).length));`;
  await writeFile(path.join(application, 'lazy.cjs'), code);
  expect(execFileSync(process.execPath, ['lazy.cjs'], { cwd: application, encoding: 'utf8' }).trim()).toBe(
    '0',
  );
});

it.each([
  ['commonjs', 'node16'],
  ['module', 'nodenext'],
])('has types for an application of type %s', async (type, module) => {
  const folder = path.join(application, type);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type }));
  await writeFile(
    path.join(folder, 'main.ts'),
    `import { createStorage, type Storage, StorageError } from '@landfall/storage';
     const storage: Storage = createStorage(process.env);
     export const size = async (): Promise<number> => (await storage.open('uploads/a')).size;
     export const fault = new StorageError('full', 'x').fault;
     // @ts-expect-error a path is a text
     storage.delete(1);`,
  );
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', 'node', '--target', 'es2022'];
  const run = spawnSync(tsc, [...options, '--module', module, 'main.ts'], { cwd: folder, encoding: 'utf8' });
  expect([run.stdout, run.status]).toEqual(['', 0]);
});

it('declares what it imports, in ranges that the repository tests with', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(path.join(repository, 'package.json'), 'utf8'),
  );
  for (const [name, range] of Object.entries<string>(manifest.dependencies))
    expect([name, range]).toEqual([name, `^${{ ...devDependencies, ...dependencies }[name]}`]);
});

it('carries its licence and its README', () => {
  expect(manifest).toMatchObject({ name: '@landfall/storage', license: 'Apache-2.0' });
  expect(existsSync(path.join(source, 'README.md'))).toBe(true);
  const licence = (folder: string) => readFileSync(path.join(folder, 'LICENSE'), 'utf8');
  expect(licence(source)).toBe(licence(repository));
});
