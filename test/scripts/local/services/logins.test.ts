/** Who may connect to the database and the cache, with tokens that real signers make. */

import { Signer } from '@aws-sdk/rds-signer';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Stack } from 'aws-cdk-lib';
import { CfnReplicationGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { CfnDBInstance, CfnDBProxy } from 'aws-cdk-lib/aws-rds';
import { admitToCache, admitToDatabase, type LoginsOptions } from '../../../../scripts/local/logins';
import { ACCOUNT, REGION, type RunningEndpoint, startEndpoint } from '../aws/running-endpoint';
import { type DeployedApp, deployApp, removeTemporaryDirectories, synthesizeStack } from '../deployed-app';
import { type Allowed, exampleRole, lambdaRole } from './example-roles';

let aws: RunningEndpoint;
let app: DeployedApp;
let logins: LoginsOptions;

const databaseHost = 'localhost:4002';

afterEach(async () => {
  await app.close();
  await aws.stop();
});
afterAll(removeTemporaryDirectories);

async function start(define: (stack: Stack) => void): Promise<void> {
  let endpoint: RunningEndpoint | undefined;
  try {
    app = await deployApp(synthesizeStack(define), async (_functions, { principals }, { authorize }) => {
      endpoint = await startEndpoint({ principals, authorize });
      return endpoint;
    });
  } catch (error) {
    await endpoint?.stop();
    throw error;
  }
  aws = endpoint as unknown as RunningEndpoint;
  const { declared, accessControl } = app.system;
  const { authorize } = accessControl;
  logins = { region: REGION, declared, authorize, verifyToken: aws.verifyToken, databaseHost };
}

/** Of the only function role of the stack. */
const credentials = () => {
  const role = [...app.system.roles.all()].find(({ name }) => name.includes('FunctionRole'));
  if (!role) throw new Error('the stack has no role of a function');
  return app.system.roles.credentials(role.arn) as { accessKeyId: string; secretAccessKey: string };
};

const rdsToken = (username: string) =>
  new Signer({
    hostname: 'localhost',
    port: 4002,
    username,
    region: REGION,
    credentials: credentials(),
  }).getAuthToken();

const connects = async (user: string) => admitToDatabase(logins, user, await rdsToken(user));

const userOf = (resourceId: string, user: string) =>
  `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:${resourceId}/${user}`;

function database(stack: Stack, tokens = true): CfnDBInstance {
  return new CfnDBInstance(stack, 'Database', {
    engine: 'postgres',
    manageMasterUserPassword: true,
    masterUsername: 'landfall',
    enableIamDatabaseAuthentication: tokens,
  });
}

describe('the database', () => {
  const direct = (allowed: (resourceId: string) => Allowed[], tokens = true) =>
    start((stack) => {
      lambdaRole(stack, allowed(database(stack, tokens).attrDbiResourceId));
    });

  test('admits the user that a role may connect as, and nobody else', async () => {
    await direct((id) => [['rds-db:connect', userOf(id, 'app')]]);
    expect(await connects('app')).toBe(true);
    expect(await connects('worker')).toBe(false);
    expect(await admitToDatabase(logins, 'app', await rdsToken('worker'))).toBe(false);
    expect(app.logLines.join('\n')).toMatch(/may not rds-db:connect arn:\S+dbuser:db-\w+\/worker/);
  });

  test('admits nobody who may connect to another database only', async () => {
    await direct(() => [['rds-db:connect', userOf('db-ANOTHER', 'app')]]);
    expect(await connects('app')).toBe(false);
  });

  test('takes no tokens unless its template says so', async () => {
    await direct((id) => [['rds-db:connect', userOf(id, 'app')]], false);
    expect(await connects('app')).toBe(false);
  });

  test('admits its owner by password', async () => {
    await direct(() => []);
    const { password = '' } = app.system.declared.databaseOwner?.() ?? {};
    expect(await admitToDatabase(logins, 'landfall', password)).toBe(true);
    expect(await admitToDatabase(logins, 'landfall', `${password}x`)).toBe(false);
  });
});

describe('a proxy', () => {
  /** @param proxyUser whom the proxy may connect as */
  const proxied = (to: 'proxy' | 'database', proxyUser: string, service = 'rds.amazonaws.com') =>
    start((stack) => {
      const { attrDbiResourceId: id } = database(stack);
      const { attrArn } = exampleRole(stack, 'ProxyRole', { service }, [
        ['rds-db:connect', userOf(id, proxyUser)],
      ]);
      new CfnDBProxy(stack, 'Proxy', {
        dbProxyName: 'example',
        engineFamily: 'POSTGRESQL',
        roleArn: attrArn,
        vpcSubnetIds: [],
      });
      lambdaRole(stack, [['rds-db:connect', userOf(to === 'proxy' ? 'prx-example' : id, 'app')]]);
    });

  test('is what policies of functions name, and connects by its own role', async () => {
    await proxied('proxy', 'app');
    expect(await connects('app')).toBe(true);
  });

  test('does not admit whom a policy lets into the database itself', async () => {
    await proxied('database', 'app');
    expect(await connects('app')).toBe(false);
  });

  test('cannot connect as a user that its own role does not have', async () => {
    await proxied('proxy', 'worker');
    expect(await connects('app')).toBe(false);
    expect(app.logLines.join('\n')).toMatch(/ProxyRole\S+ may not rds-db:connect/);
  });

  test('is not created with a role that RDS may not assume', async () => {
    await expect(proxied('proxy', 'app', 'ec2.amazonaws.com')).rejects.toThrow(
      'RDS is not authorized to assume',
    );
    // For the hook that stops what a test has started.
    await start(() => undefined);
  });
});

describe('the cache', () => {
  const arn = (kind: string, name: string) => `arn:aws:elasticache:${REGION}:${ACCOUNT}:${kind}:${name}`;

  const cached = (resources: readonly string[], members = ['app', 'second']) =>
    start((stack) => {
      for (const userId of ['app', 'second']) {
        new CfnUser(stack, userId, {
          engine: 'valkey',
          userId,
          userName: userId,
          authenticationMode: { Type: 'iam' },
        });
      }
      new CfnUserGroup(stack, 'Users', { engine: 'valkey', userGroupId: 'users', userIds: members });
      new CfnReplicationGroup(stack, 'Cache', {
        replicationGroupDescription: 'example',
        replicationGroupId: 'example',
        transitEncryptionEnabled: true,
        userGroupIds: ['users'],
      });
      lambdaRole(
        stack,
        resources.map((resource): Allowed => ['elasticache:Connect', resource]),
      );
    });

  const enters = async (user: string): Promise<boolean> => {
    const signer = new SignatureV4({
      service: 'elasticache',
      region: REGION,
      credentials: credentials(),
      sha256: Sha256,
    });
    const { query = {} } = await signer.presign(
      {
        method: 'GET',
        protocol: 'http:',
        hostname: 'example',
        path: '/',
        query: { Action: 'connect', User: user },
        headers: { host: 'example' },
      },
      { expiresIn: 900 },
    );
    const pairs = Object.entries(query).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    return admitToCache(logins, user, `example/?${pairs.join('&')}`);
  };

  test('admits the user that a role may connect as', async () => {
    await cached([arn('replicationgroup', 'example'), arn('user', 'app')]);
    expect(await enters('app')).toBe(true);
    expect(await enters('second')).toBe(false);
  });

  test.each([
    ['the cache alone', [arn('replicationgroup', 'example')]],
    ['the user alone', [arn('user', 'app')]],
    ['another cache', [arn('replicationgroup', 'another'), arn('user', 'app')]],
  ])('admits nobody who may connect to %s', async (_, resources) => {
    await cached(resources);
    expect(await enters('app')).toBe(false);
  });

  test('admits no user that is in none of its groups', async () => {
    await cached([arn('replicationgroup', 'example'), arn('user', 'app')], ['second']);
    expect(await enters('app')).toBe(false);
  });
});
