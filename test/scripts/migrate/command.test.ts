import { type Command, type Commands, dispatch, exit, UsageError } from '../../../scripts/migrate/command';
import {
  commands as registered,
  operations as registeredOperations,
} from '../../../scripts/migrate/commands';

const command = (main: Command['main']): Commands => ({
  users: { summary: 'users to somewhere', load: async () => ({ help: 'how users move', main }) },
});

const operations = (main: Command['main']): Commands => ({
  redrive: { summary: 'moves messages', load: async () => ({ help: 'how messages move', main }) },
});

async function run(args: readonly string[], main: Command['main'] = async () => 0) {
  const written = { stdout: '', stderr: '' };
  const code = await dispatch(
    args,
    { migrate: command(main), operations: operations(main) },
    {
      env: {},
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      interrupted: new AbortController().signal,
    },
  );
  return { code, ...written };
}

test.each([[['--help']], [['-h']], [['migrate', '--help']]])('%j lists the commands', async (args) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stderr }).toEqual({ code: exit.done, stderr: '' });
  expect(stdout).toMatch(/users +users to somewhere/);
  expect(stdout).toContain('Exit codes:');
});

test('help of a command is its own, and does not run it', async () => {
  const main = jest.fn();
  expect(await run(['migrate', 'users', '--from', 'x', '--help'], main)).toMatchObject({
    code: exit.done,
    stdout: 'how users move\n',
  });
  expect(main).not.toHaveBeenCalled();
});

test('a command gets its own arguments and decides the exit code', async () => {
  const seen: (readonly string[])[] = [];
  const { code } = await run(['migrate', 'users', '--from', 'x'], async (args) => {
    seen.push(args);
    return exit.interrupted;
  });
  expect({ code, seen }).toEqual({ code: 130, seen: [['--from', 'x']] });
});

test.each([
  [[], 'npm run landfall -- migrate <command>'],
  [['migrate'], 'npm run landfall -- migrate <command>'],
  [['migrat'], 'did you mean "migrate"?'],
  [['migrate', 'user'], 'did you mean "users"?'],
  [['migrate', 'everything'], 'Known: users.'],
])('%j is wrong usage and says what is right', async (args, words) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: exit.usage, stdout: '' });
  expect(stderr).toContain(words);
});

test('a usage error of a command is exit code 2; any other error is the caller’s to report', async () => {
  const refusing = await run(['migrate', 'users'], async () => {
    throw new UsageError('--from is missing');
  });
  expect(refusing).toMatchObject({ code: exit.usage, stderr: '--from is missing\n' });
  const failing = run(['migrate', 'users'], async () => {
    throw new Error('the source is gone');
  });
  await expect(failing).rejects.toThrow('the source is gone');
});

test.each(Object.entries(registered))('%s documents its flags and exit codes', async (name, { load }) => {
  const { help } = await load();
  expect(help).toContain(`npm run landfall -- migrate ${name}`);
  for (const words of ['--from', '--execute', 'Exit codes: 0 ']) expect(help).toContain(words);
});

test('an operation is called by its name alone, and gets its arguments', async () => {
  const seen: (readonly string[])[] = [];
  const main: Command['main'] = async (args) => {
    seen.push(args);
    return 0;
  };
  expect(await run(['redrive', 'queue', '--execute'], main)).toMatchObject({ code: exit.done });
  expect(seen).toEqual([['queue', '--execute']]);
  expect(await run(['redrive', '--help'], main)).toMatchObject({ code: 0, stdout: 'how messages move\n' });
  expect(await run(['redriv'], main)).toMatchObject({
    code: exit.usage,
    stderr: expect.stringContaining('did you mean "redrive"?'),
  });
});

test.each(Object.entries(registeredOperations))('%s documents its exit codes', async (name, { load }) => {
  const { help } = await load();
  expect(help).toContain(`npm run landfall -- ${name}`);
  for (const words of ['--execute', 'Exit codes: 0 ']) expect(help).toContain(words);
});
