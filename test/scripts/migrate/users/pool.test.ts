import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { ensureCertificates } from '../../../../scripts/local/certificates';
import { issuerOf } from '../../../../scripts/migrate/users/pool';
import { failureOfAll, isTemporary } from '../../../../scripts/migrate/users/pool-failures';
import { allow, deny } from '../../../support/decisions';
import { type RefusingProxy, startRefusingProxy } from './refusing-proxy';
import { oldIssuer, spawnCommand, startTarget, type Target } from './target';

const passwordless = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  UserPoolTier: 'ESSENTIALS',
};

let target: Target;
let proxy: RefusingProxy;
beforeAll(async () => {
  target = await startTarget(passwordless);
});
afterAll(() => target.close());
beforeEach(async () => {
  proxy = await startRefusingProxy(target.aws.url);
});
afterEach(async () => {
  target.aws.decide = async () => allow;
  await proxy.close();
  await target.clear();
});

let run = 0;
interface Variant {
  readonly env?: Record<string, string>;
  readonly to?: string;
  readonly more?: readonly string[];
}

async function argumentsFor(count: number, { to = target.poolId, more = [] }: Variant): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, index) => `${index},user-${index}@example.com,true,\n`);
  const from = await target.file('users.csv', `id,email,confirmed,password_hash\n${rows.join('')}`);
  const journal = `${target.directory}/journal-${++run}`;
  const what = ['--from', from, '--to', to, '--issuer', oldIssuer, '--execute', '--json'];
  return [...what, '--journal', journal, '--rate', '1000', ...more];
}

const environment = ({ env }: Variant) => ({ ...target.env, AWS_ENDPOINT_URL: proxy.url, ...env });

async function migrate(count: number, variant: Variant = {}) {
  return target.migrate(await argumentsFor(count, variant), { env: environment(variant) });
}

/** In a process of its own: the SDK does not recognise a socket's error that comes from outside jest's context. */
async function migrateApart(count: number, variant: Variant = {}) {
  return spawnCommand(['users', ...(await argumentsFor(count, variant))], environment(variant)).ended;
}

const operations = () => [...new Set(proxy.calls.map(({ operation }) => operation))];

test('where users sign in without a password, none is set', async () => {
  expect((await migrate(3)).code).toBe(0);
  expect(target.everybody().map(({ status, password }) => ({ status, password }))).toEqual(
    Array(3).fill({ status: 'CONFIRMED', password: undefined }),
  );
  expect(operations()).toEqual(['AdminCreateUser']);
});

test.each(['TooManyRequestsException', 'ThrottlingException'])(
  '%s is waited out by all callers together, and everybody arrives',
  async (type) => {
    let refusals = 5;
    proxy.refuse = () => (refusals-- > 0 ? { status: 400, type } : undefined);
    const { code, stdout, stderr } = await migrate(20, { more: ['--concurrency', '5'] });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).outcomes.created.count).toBe(20);
    expect(stderr).toContain(`${type}: refused as ${type}; trying again`);
    expect(target.everybody()).toHaveLength(20);
  },
);

test('a fault of Cognito is tried again', async () => {
  let first = true;
  proxy.refuse = () => {
    const now = first;
    first = false;
    return now ? { status: 500, type: 'InternalErrorException' } : undefined;
  };
  expect((await migrate(2)).code).toBe(0);
});

test('a user whose creation was answered by a broken connection is found and kept', async () => {
  let first = true;
  proxy.refuse = () => {
    const now = first;
    first = false;
    return now ? 'drop' : undefined;
  };
  const { code, stdout } = await migrateApart(1);
  expect({ code, existing: JSON.parse(stdout).outcomes.existing.count }).toEqual({ code: 0, existing: 1 });
  expect(await target.identities()).toHaveLength(2);
});

test('it never makes more calls of a kind a second than --rate', async () => {
  await migrate(30, { more: ['--rate', '50', '--concurrency', '30'] });
  const times = proxy.calls.map(({ at }) => at).sort((a, b) => a - b);
  expect(times).toHaveLength(30);
  // 29 intervals of 20 ms; the first call takes longer to arrive, because it connects.
  expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThan(500);
});

test('a pool that refuses one user says so of this user, and takes the others', async () => {
  let refused = false;
  proxy.refuse = () => {
    if (refused) return undefined;
    refused = true;
    return { status: 400, type: 'UserLambdaValidationException' };
  };
  const { code, stdout } = await migrate(3);
  expect(code).toBe(1);
  expect(JSON.parse(stdout).outcomes).toMatchObject({
    created: { count: 2 },
    failed: {
      count: 1,
      reasons: {
        'the pool refused: UserLambdaValidationException: refused as UserLambdaValidationException': 1,
      },
    },
  });
});

describe('what no user would survive stops the run, with the fix', () => {
  const failure = (type: string) => {
    proxy.refuse = () => ({ status: 400, type });
    return migrate(50);
  };

  test('no permission', async () => {
    target.aws.decide = async () => deny;
    await expect(migrate(50)).rejects.toThrow(
      new RegExp(
        `AccessDenied[\\s\\S]*fix: The credentials need cognito-idp:AdminCreateUser on user pool ${target.poolId}`,
      ),
    );
    // Those in flight, and nobody else.
    expect(proxy.calls.length).toBeLessThanOrEqual(10);
  });

  test('another pool', async () => {
    await expect(migrate(50, { to: 'us-east-1_Absent123' })).rejects.toThrow(
      /ResourceNotFoundException[\s\S]*There is no user pool us-east-1_Absent123[\s\S]*--to/,
    );
  });

  test('wrong credentials', async () => {
    await expect(migrate(50, { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } })).rejects.toThrow(
      /fix: Check the AWS credentials/,
    );
  });

  test('expired credentials', async () => {
    await expect(failure('ExpiredTokenException')).rejects.toThrow(/sign in again when they have expired/);
  });

  test('a pool of an earlier version, without the attributes', async () => {
    const { id } = await target.aws.cognito.createUserPool({
      key: 'bare',
      properties: { UsernameAttributes: ['email'] },
    });
    await expect(migrate(50, { to: id })).rejects.toThrow(/lacks the attributes[\s\S]*npm run deploy/);
  });

  test('an endpoint whose certificate nobody vouches for', async () => {
    const certificates = await ensureCertificates(target.directory);
    const server = createServer(certificates, (_, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const env = { AWS_ENDPOINT_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const { code, stderr } = await migrateApart(1, { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate[\s\S]*NODE_EXTRA_CA_CERTS/);
    server.close();
  });

  test('an endpoint that nobody listens at, after some time', async () => {
    const [error] = await once(connect(1, '127.0.0.1'), 'lookup').catch((failure: unknown) => [failure]);
    expect(isTemporary(error)).toBe(true);
    expect(failureOfAll(error, 'AdminCreateUser', target.poolId)?.message).toMatch(
      /fix: Check the network and AWS_ENDPOINT_URL, and run again: what is done is kept/,
    );
  });
});

test.each([
  ['eu-central-1_Ab1', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1'],
  ['us-gov-west-1_Ab1', 'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab1'],
  ['cn-north-1_Ab1', 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab1'],
])('tokens of %s are issued by %s', (poolId, issuer) => expect(issuerOf(poolId)).toBe(issuer));
