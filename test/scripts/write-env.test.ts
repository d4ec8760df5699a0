import { type OutputName, outputs } from '../../lib/outputs';
import {
  readableOutputs,
  setTwice,
  variableLines,
  type WriteEnvOptions,
  withManagedBlock,
  writeEnv,
} from '../../scripts/write-env';

const secretArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:landfall-dev-database-AbCdEf';

/** A value for every output there is, so that a new one cannot be forgotten here. */
const everything = new Map<OutputName, string>(
  Object.values(outputs).map((name) => [name, name.endsWith('Arn') ? secretArn : `value-of-${name}`]),
);

const deployed = {
  'landfall-dev-api': {
    ApiUrl: 'https://abc.execute-api.us-east-1.amazonaws.com/api',
    ExportsOutputX: 'internal',
  },
  'landfall-dev-database': { DatabaseHost: 'db.internal', DatabaseSecretArn: secretArn },
  'landfall-prod-database': { DatabaseHost: 'production.internal' },
};

function run(changes: Partial<WriteEnvOptions> = {}, initial: Record<string, string> = {}) {
  const files = new Map(Object.entries({ 'outputs.dev.json': JSON.stringify(deployed), ...initial }));
  const logs: string[] = [];
  writeEnv(
    {
      read: (file) => files.get(file),
      write: (file, content) => void files.set(file, content),
      log: (line) => void logs.push(line),
    },
    {
      environment: 'dev',
      framework: 'plain',
      outputsFile: 'outputs.dev.json',
      envFile: '.env.dev',
      ...changes,
    },
  );
  return { content: files.get('.env.dev') ?? '', logs };
}

test('a fresh file holds the variables of its own environment and nothing internal', () => {
  expect(run().content).toBe(`# landfall: begin (written by \`npm run write-env\`, changes in here are lost)
AWS_REGION=us-east-1
API_URL=https://abc.execute-api.us-east-1.amazonaws.com/api
DATABASE_HOST=db.internal
DATABASE_SECRET_ARN=${secretArn}
# landfall: end
`);
});

test('lines outside of the managed block survive, before and after it, run after run', () => {
  const own = '# mine\nSESSION_KEY=abc\n';
  const first = run({}, { '.env.dev': own }).content;
  const edited = `${first}AFTER=1\n`;
  const second = run({}, { '.env.dev': edited }).content;
  expect(first.startsWith(own)).toBe(true);
  expect(second).toBe(edited);
});

test('a variable that disappears from the outputs disappears from the block', () => {
  const old = withManagedBlock('KEPT=1', ['CACHE_HOST=gone.internal', 'API_URL=https://old']);
  const { content } = run({}, { '.env.dev': old });
  expect(content).not.toMatch(/CACHE_HOST|https:\/\/old/);
  expect(content).toContain('KEPT=1\n');
});

test('a variable that the application also sets itself is said, not overwritten', () => {
  const { content, logs } = run({}, { '.env.dev': 'export DATABASE_HOST=localhost\n' });
  expect(content).toContain('export DATABASE_HOST=localhost\n');
  expect(logs).toContainEqual(expect.stringMatching(/sets DATABASE_HOST outside of the managed block/));
  expect(setTwice('# DATABASE_HOST=x\n', ['DATABASE_HOST=y'])).toEqual([]);
});

describe.each([
  ['next', 'NEXT_PUBLIC_'],
  ['vite', 'VITE_'],
] as const)('for %s', (framework, prefix) => {
  const names = variableLines(everything, framework).map((line) => line.split('=')[0] ?? '');

  test('what a browser may know gets the prefix too', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        `${prefix}API_URL`,
        `${prefix}COGNITO_CLIENT_ID`,
        'API_URL',
        'AWS_S3_BUCKET_NAME',
      ]),
    );
  });

  test('buckets, databases, caches and secrets never do', () => {
    expect(
      names.filter((name) => name.startsWith(prefix)).filter((name) => /S3|DATABASE|CACHE|SECRET/.test(name)),
    ).toEqual([]);
  });
});

test('a secret is written by its ARN only', () => {
  const leaked = new Map(everything).set(outputs.databaseSecretArn, '{"password":"hunter2"}');
  expect(() => variableLines(leaked, 'plain')).toThrow(/should name a secret by its ARN/);
  const secrets = variableLines(everything, 'plain').filter((line) => /SECRET|PASSWORD|TOKEN|KEY/.test(line));
  expect(secrets).toEqual([`DATABASE_SECRET_ARN=${secretArn}`]);
});

test('two stacks that disagree about an output are an error, not a coin toss', () => {
  const torn = { 'landfall-dev-a': { ApiUrl: 'https://a' }, 'landfall-dev-b': { ApiUrl: 'https://b' } };
  expect(() => readableOutputs(torn, 'dev')).toThrow(/output ApiUrl: https:\/\/a and https:\/\/b/);
});

test('no deployment, or none of this environment, says what to run', () => {
  expect(() => run({ outputsFile: 'missing.json' })).toThrow(
    'missing.json does not exist. Deploy first: npm run deploy -- dev',
  );
  expect(() => run({ environment: 'staging' })).toThrow(/no outputs of stacks named landfall-staging-\*/);
});

test('a value that an .env file cannot carry safely is refused', () => {
  const value = (text: string) => variableLines(new Map([[outputs.apiUrl, text]]), 'plain');
  expect(value('two words')).toEqual(['API_URL="two words"']);
  for (const text of ['a\nDATABASE_HOST=evil', '$(id)', '"']) expect(() => value(text)).toThrow(/safely/);
});

test('a block without its end is not guessed', () => {
  expect(() => withManagedBlock('# landfall: begin\nAPI_URL=x\n', [])).toThrow(/without "# landfall: end"/);
});
