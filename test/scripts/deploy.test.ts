import { environments } from '../../lib/config/environments';
import { type DeployDependencies, type DeployOptions, deploy, exit } from '../../scripts/deploy';

interface World {
  readonly deps: DeployDependencies;
  readonly commands: (readonly string[])[];
  readonly files: Map<string, string>;
  readonly logs: string[];
  readonly printed: string[];
}

const devOutputs = JSON.stringify({
  'landfall-dev-api': { ApiUrl: 'https://abc.execute-api.us-east-1.amazonaws.com/api' },
});

/** A machine that is ready to deploy, on which the CDK writes the outputs of dev. */
function world(differences: Partial<DeployDependencies> = {}): World {
  const commands: (readonly string[])[] = [];
  const files = new Map<string, string>();
  const logs: string[] = [];
  const printed: string[] = [];
  const deps: DeployDependencies = {
    nodeVersion: '20.15.0',
    credentials: async () => ({ accountId: '111122223333' }),
    bootstrapVersion: async () => 27,
    lambdaQuota: async () => 1_000,
    mailIdentityVerified: async () => true,
    mailsToAnybody: async () => true,
    secretExists: async () => true,
    cdk: async (args) => {
      commands.push(args);
      files.set('outputs.dev.json', devOutputs);
      return 0;
    },
    read: (file) => files.get(file),
    write: (file, content) => void files.set(file, content),
    log: (line) => void logs.push(line),
    print: (line) => void printed.push(line),
    ...differences,
  };
  return { deps, commands, files, logs, printed };
}

const options = (changes: Partial<DeployOptions> = {}): DeployOptions => ({
  environment: 'dev',
  blueprint: 'platform',
  framework: 'plain',
  dryRun: false,
  yes: false,
  ...changes,
});

test('dev is deployed without a question, its env file written, and its URL is the only data', async () => {
  const { deps, commands, files, printed } = world();
  expect(await deploy(deps, options())).toBe(exit.done);
  expect(commands.map((args) => args.join(' '))).toEqual([
    'deploy --all --outputs-file outputs.dev.json --require-approval never --concurrency 4 -c env=dev -c blueprint=platform',
  ]);
  expect(files.get('.env.dev')).toContain('API_URL=https://abc.execute-api.us-east-1.amazonaws.com/api\n');
  expect(printed).toEqual(['https://abc.execute-api.us-east-1.amazonaws.com/api']);
});

test('--dry-run prints the command and changes nothing', async () => {
  const { deps, commands, files, printed } = world();
  expect(await deploy(deps, options({ dryRun: true, blueprint: 'documents' }))).toBe(exit.refused);
  expect(await deploy(deps, options({ dryRun: true }))).toBe(exit.done);
  expect(printed).toEqual([
    'npx cdk deploy --all --outputs-file outputs.dev.json --require-approval never --concurrency 4 -c env=dev -c blueprint=platform',
  ]);
  expect([commands.length, files.size]).toEqual([0, 0]);
});

test('an environment that GitHub deploys is deployed without the stack that says who may', async () => {
  const { deps, commands, printed } = world();
  const registry = environments as Record<string, unknown>;
  registry['dev-github'] = {
    ...environments.dev,
    name: 'dev-github',
    github: { repository: 'example/application', environment: 'dev' },
  };
  try {
    // The machine writes the outputs of dev only.
    await deploy(deps, options({ environment: 'dev-github' })).catch(() => undefined);
    await deploy(deps, options({ environment: 'dev-github', dryRun: true }));
  } finally {
    delete registry['dev-github'];
  }
  // The CDK takes names as patterns; the shell must not.
  expect(commands[0]?.slice(0, 2)).toEqual(['deploy', 'landfall-dev-github-!(deployment)']);
  expect(printed.at(-1)).toContain("npx cdk deploy 'landfall-dev-github-!(deployment)' --outputs-file");
});

describe('an environment with termination protection', () => {
  const own = 'staging-own';
  beforeEach(() => {
    // The shipped staging carries placeholders, which are refused below.
    const text = JSON.stringify(environments.staging).replaceAll('example.com', 'landfall.test');
    (environments as Record<string, unknown>)[own] = { ...JSON.parse(text), name: own };
  });
  afterEach(() => {
    delete (environments as Record<string, unknown>)[own];
  });

  test('is asked about widened permissions, one stack at a time', async () => {
    const { deps, commands } = world();
    await deploy(deps, options({ environment: own })).catch(() => undefined);
    expect(commands[0]?.join(' ')).toContain('--require-approval broadening --concurrency 1');
  });

  test('is not asked with --yes, as in a workflow whose environment was approved', async () => {
    const { deps, commands } = world();
    await deploy(deps, options({ environment: own, yes: true })).catch(() => undefined);
    expect(commands[0]?.join(' ')).toContain('--require-approval never --concurrency 4');
  });
});

test('a failed deployment is exit code 1, and leaves the env file as it was', async () => {
  const { deps, files, logs } = world({ cdk: async () => 1 });
  expect(await deploy(deps, options())).toBe(exit.failed);
  expect(files.has('.env.dev')).toBe(false);
  expect(logs.join('\n')).toMatch(/stacks that were done stay deployed/);
});

describe('refused before anything is changed', () => {
  const refusals: [
    name: string,
    options: Partial<DeployOptions>,
    deps: Partial<DeployDependencies>,
    log: RegExp,
  ][] = [
    ['an unknown environment', { environment: 'deev' }, {}, /Did you mean dev\?/],
    ['an unknown blueprint', { blueprint: 'document' }, {}, /Did you mean documents\?/],
    ['the local environment', { environment: 'local' }, {}, /npm start/],
    ['an old Node', {}, { nodeVersion: '20.9.0' }, /Install Node 20\.15 or later/],
    [
      'placeholders of production',
      { environment: 'prod' },
      {},
      /prod still has example\.com in auth\.callbackUrls, auth\.logoutUrls, auth\.passkeyDomain, auth\.magicLink\.redirectUris, auth\.email\.from, api/,
    ],
    [
      'the placeholder issuer',
      { blueprint: 'documents' },
      {},
      /dev still has example\.com in auth\.oidc\.issuer\./,
    ],
    [
      'no credentials',
      {},
      { credentials: () => Promise.reject(new Error('Could not load credentials from any providers')) },
      /no usable AWS credentials: Could not load.*\n {2}fix: Sign in/,
    ],
    [
      'a region without bootstrap',
      {},
      { bootstrapVersion: async () => undefined },
      /npx cdk bootstrap aws:\/\/111122223333\/us-east-1/,
    ],
    ['an old bootstrap', {}, { bootstrapVersion: async () => 5 }, /bootstrapped with version 5/],
    [
      'the Lambda quota of a new account',
      {},
      { lambdaQuota: async () => 10 },
      /10 Lambda functions at once in us-east-1, and dev needs 167.*L-B99A9384/s,
    ],
  ];
  test.each(refusals)('%s', async (_, changes, differences, log) => {
    const { deps, commands, logs } = world(differences);
    expect(await deploy(deps, options(changes))).toBe(exit.refused);
    expect(commands).toEqual([]);
    expect(logs.join('\n')).toMatch(log);
  });

  test('credentials of another account than the environment names', async () => {
    const { deps, commands, logs } = world();
    (environments as Record<string, unknown>).pinned = {
      ...environments.dev,
      name: 'pinned',
      account: '999999999999',
    };
    try {
      expect(await deploy(deps, options({ environment: 'pinned' }))).toBe(exit.refused);
    } finally {
      delete (environments as Record<string, unknown>).pinned;
    }
    expect(commands).toEqual([]);
    expect(logs.join('\n')).toContain('belong to account 111122223333, and pinned to 999999999999');
  });
});

test('an environment outside us-east-1 needs both regions bootstrapped: CloudFront is watched from there', async () => {
  const asked: string[] = [];
  const { deps, logs } = world({
    bootstrapVersion: async (region) => {
      asked.push(region);
      return region === 'us-east-1' ? undefined : 27;
    },
  });
  (environments as Record<string, unknown>).europe = {
    ...environments.dev,
    name: 'europe',
    region: 'eu-central-1',
  };
  try {
    expect(await deploy(deps, options({ environment: 'europe' }))).toBe(exit.refused);
  } finally {
    delete (environments as Record<string, unknown>).europe;
  }
  expect(asked).toEqual(['eu-central-1', 'us-east-1']);
  expect(logs.join('\n')).toContain('npx cdk bootstrap aws://111122223333/us-east-1');
});

test('a bootstrap version that may not be read is no obstacle: deploying does not need that permission', async () => {
  const { deps, logs } = world({ bootstrapVersion: () => Promise.reject(new Error('AccessDenied')) });
  expect(await deploy(deps, options())).toBe(exit.done);
  expect(logs.join('\n')).toContain('going on: AccessDenied');
});

test('a Lambda quota that may not be read is no obstacle', async () => {
  const { deps, logs } = world({ lambdaQuota: () => Promise.reject(new Error('Lambda answered 403')) });
  expect(await deploy(deps, options())).toBe(exit.done);
  expect(logs.join('\n')).toContain('going on: Lambda answered 403');
});

test('an environment with a bootstrap of its own is asked about that one, and told how to make it', async () => {
  const asked: (string | undefined)[] = [];
  const { deps, logs } = world({
    bootstrapVersion: async (_region, qualifier) => {
      asked.push(qualifier);
      return undefined;
    },
  });
  const registry = environments as Record<string, unknown>;
  registry['dev-own'] = {
    ...environments.dev,
    name: 'dev-own',
    github: { repository: 'example/application', environment: 'dev', qualifier: 'devown' },
  };
  try {
    expect(await deploy(deps, options({ environment: 'dev-own' }))).toBe(exit.refused);
  } finally {
    delete registry['dev-own'];
  }
  expect([...new Set(asked)]).toEqual(['devown']);
  expect(logs.join('\n')).toContain(
    'npx cdk bootstrap aws://111122223333/us-east-1 --qualifier devown --toolkit-stack-name CDKToolkit-devown',
  );
});
