import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { callAws } from '../../lambdas/shared/aws-call';
import type { Identity } from '../../lambdas/shared/identity';
import { cognitoUserPool, type UserPool } from '../../lambdas/shared/user-pool-admin';
import type { AwsEndpoint } from '../../scripts/local/aws/endpoint';

/** A user pool on the Cognito of the local runtime, reached as the functions reach AWS. */
export interface TestPool {
  readonly id: string;
  /** As the functions use it. */
  readonly pool: UserPool;
  /** A user who may sign in, as their ID token will name them. */
  createUser(email: string): Promise<Identity>;
  has(subject: string): boolean;
  /** Signs a user in. */
  refreshToken(email: string): Promise<string>;
  /** Whether a refresh token still gives new tokens. */
  refreshes(refreshToken: string): Promise<boolean>;
  close(): void;
}

export async function createTestPool({ cognito, url }: AwsEndpoint): Promise<TestPool> {
  const { id } = await cognito.createUserPool({
    key: 'test',
    properties: { UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'] },
  });
  const { id: ClientId } = await cognito.createClient({
    key: 'test',
    poolId: id,
    properties: {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      EnableTokenRevocation: true,
      PreventUserExistenceErrors: 'ENABLED',
    },
  });
  const client = new CognitoIdentityProviderClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'ASIATEST', secretAccessKey: 'secret', sessionToken: 'session' },
  });
  const variables = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  };
  const pool = cognitoUserPool(id, (call) => callAws(call, { attempts: 1, timeoutMs: 3_000, variables }));
  const { issuer } = pool;
  return {
    id,
    pool,
    async createUser(email) {
      const password = 'Correct-horse-7-battery';
      const { sub } = await cognito.adminCreateConfirmedUser({ poolId: id, email, password });
      return { issuer, subject: sub, email };
    },
    has: (subject) => cognito.pool(id).find(subject) !== undefined,
    async refreshToken(email) {
      const { RefreshToken } = await cognito.signIn({ clientId: ClientId, email });
      return RefreshToken as string;
    },
    async refreshes(refreshToken) {
      const AuthParameters = { REFRESH_TOKEN: refreshToken };
      const command = new InitiateAuthCommand({
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters,
      });
      return client.send(command).then(
        () => true,
        () => false,
      );
    },
    close: () => client.destroy(),
  };
}
