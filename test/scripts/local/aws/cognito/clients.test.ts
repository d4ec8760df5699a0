import { createHmac } from 'node:crypto';
import { InitiateAuthCommand, ListUserImportJobsCommand } from '@aws-sdk/client-cognito-identity-provider';
import { CLIENT, error, Password, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;
let aws: RunningPool['aws'];
let client: RunningPool['client'];
let UserPoolId: string;
let ClientId: string;
let signUp: RunningPool['signUp'];
let user: RunningPool['user'];

beforeAll(async () => {
  pool = await startPool();
  ({ aws, client, UserPoolId, ClientId, signUp, user } = pool);
});
afterAll(() => pool.stop());

test('ids look like Cognito’s and follow from the logical resource', () => {
  expect(UserPoolId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
  expect(ClientId).toMatch(/^[a-z0-9]{26}$/);
  expect(aws.cognito.poolIdOf('auth/UserPool')).toBe(UserPoolId);
  expect(aws.cognito.poolIdOf('other/UserPool')).not.toBe(UserPoolId);
});

describe('a client', () => {
  test('signs in by the flows it declares alone', async () => {
    const { id } = await aws.cognito.createClient({
      key: 'auth/Srp',
      poolId: UserPoolId,
      properties: { ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] },
    });
    const attempt = new InitiateAuthCommand({
      ClientId: id,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'a', PASSWORD: 'b' },
    });
    await expect(client.send(attempt)).rejects.toEqual(
      error('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client'),
    );
    await expect(signUp('x@example.com', { ClientId: 'absent' })).rejects.toEqual(
      error('ResourceNotFoundException'),
    );
  });

  test('with a secret proves that it has it', async () => {
    const { id, secret = '' } = await aws.cognito.createClient({
      key: 'auth/Secret',
      poolId: UserPoolId,
      properties: { ...CLIENT, GenerateSecret: true },
    });
    const Username = await user('secret@example.com');
    const attempt = (SECRET_HASH?: string) =>
      client.send(
        new InitiateAuthCommand({
          ClientId: id,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: Password, ...(SECRET_HASH && { SECRET_HASH }) },
        }),
      );
    await expect(attempt()).rejects.toEqual(error('NotAuthorizedException', 'SECRET_HASH was not received'));
    await expect(attempt('wrong')).rejects.toEqual(
      error('NotAuthorizedException', 'Unable to verify secret hash'),
    );
    await attempt(
      createHmac('sha256', secret)
        .update(Username + id)
        .digest('base64'),
    );
  });

  test('or pool that declares what cannot run here is refused by name', async () => {
    const declare = (properties: object) => aws.cognito.createUserPool({ key: 'refused', properties });
    await expect(declare({ MfaConfiguration: 'ON' })).rejects.toThrow(
      /refused.*\n.*MfaConfiguration|MfaConfiguration/s,
    );
    await expect(declare({ LambdaConfig: { CustomEmailSender: {} } })).rejects.toThrow('CustomEmailSender');
    await expect(
      aws.cognito.createClient({
        key: 'refused',
        poolId: UserPoolId,
        properties: { AnalyticsConfiguration: {} },
      }),
    ).rejects.toThrow('AnalyticsConfiguration');
    await expect(client.send(new ListUserImportJobsCommand({ UserPoolId, MaxResults: 1 }))).rejects.toEqual(
      error('NotImplemented', 'cognito-idp ListUserImportJobs'),
    );
  });
});
