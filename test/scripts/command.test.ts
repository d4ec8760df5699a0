import { spawnSync } from 'node:child_process';
import path from 'node:path';
import packageJson from '../../package.json';

const root = path.resolve(__dirname, '../..');

/** Commands of package.json that are files in scripts/. */
const commands = Object.entries(packageJson.scripts).flatMap(([name, line]) => {
  const file = /^tsx (scripts\/\S+)$/.exec(line)?.[1];
  return file ? [[name, file] as const] : [];
});

const run = (file: string, argument: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', file, argument], { cwd: root, encoding: 'utf8' });

test('there are commands to ask', () => {
  expect(commands.map(([name]) => name)).toEqual(expect.arrayContaining(['start', 'build', 'golden']));
});

test.each(commands)('%s says how it is used and does nothing else', (name, file) => {
  const { status, stdout, stderr } = run(file, '--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`npm ${name === 'start' ? name : `run ${name}`}`);
  expect(stdout).toMatch(/Exit codes: 0 .*, 1 .*, 2 wrong usage/);
});

test.each(commands)('%s refuses a flag that it does not have', (_name, file) => {
  const { status, stdout, stderr } = run(file, '--no-such-flag');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('--no-such-flag');
});
