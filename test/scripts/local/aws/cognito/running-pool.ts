/** A user pool of a running endpoint, with one client, and what tests do with them by the unmodified SDK client. */
import {
  type AuthenticationResultType,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { type RunningEndpoint, startEndpoint } from '../running-endpoint';

export const POOL = {
  UsernameAttributes: ['email'],
  AutoVerifiedAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Policies: {
    PasswordPolicy: {
      MinimumLength: 12,
      RequireLowercase: true,
      RequireUppercase: true,
      RequireNumbers: true,
      RequireSymbols: false,
    },
  },
  Schema: [
    { Name: 'email', Required: true, Mutable: true },
    { Name: 'plan', AttributeDataType: 'String', Mutable: true },
  ],
};
export const CLIENT = {
  ExplicitAuthFlows: [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    'ALLOW_REFRESH_TOKEN_AUTH',
  ],
  PreventUserExistenceErrors: 'ENABLED',
  IdTokenValidity: 30,
  AccessTokenValidity: 15,
  RefreshTokenValidity: 1,
  TokenValidityUnits: { IdToken: 'minutes', AccessToken: 'minutes', RefreshToken: 'days' },
};
export const Password = 'Correct-horse-1';

export interface RunningPool {
  readonly aws: RunningEndpoint;
  readonly client: CognitoIdentityProviderClient;
  readonly UserPoolId: string;
  readonly ClientId: string;
  signUp(Username: string, more?: object): Promise<{ UserSub?: string | undefined }>;
  confirm(Username: string, ConfirmationCode: string): Promise<unknown>;
  /** By password. */
  signIn(USERNAME: string, PASSWORD?: string): Promise<InitiateAuthCommandOutput>;
  /** A user who has signed up, and confirmed the address. */
  user(email: string): Promise<string>;
  tokensOf(email: string): Promise<AuthenticationResultType>;
  /** The code of the last mail to the address; empty without one. */
  mailTo(address: string): string;
  stop(): Promise<void>;
}

export async function declarePool(endpoint: RunningEndpoint, pool: object = {}, client: object = {}) {
  const { id: poolId } = await endpoint.cognito.createUserPool({
    key: 'auth/UserPool',
    properties: { ...POOL, ...pool },
  });
  const { id: clientId } = await endpoint.cognito.createClient({
    key: 'auth/WebClient',
    poolId,
    properties: { ...CLIENT, ...client },
  });
  return { poolId, clientId };
}

/** @param pool properties beside, or instead of, those of POOL */
export async function startPool(pool: object = {}, client: object = {}): Promise<RunningPool> {
  const aws = await startEndpoint();
  const { poolId, clientId } = await declarePool(aws, pool, client);
  return poolOf(aws, poolId, clientId);
}

export function poolOf(aws: RunningEndpoint, UserPoolId: string, ClientId: string): RunningPool {
  const client = new CognitoIdentityProviderClient(aws.client);
  const running: RunningPool = {
    aws,
    client,
    UserPoolId,
    ClientId,
    signUp: (Username, more = {}) =>
      client.send(new SignUpCommand({ ClientId, Username, Password, ...more })),
    confirm: (Username, ConfirmationCode) =>
      client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode })),
    signIn: (USERNAME, PASSWORD = Password) =>
      client.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD },
        }),
      ),
    user: async (email) => {
      await running.signUp(email);
      await running.confirm(email, running.mailTo(email));
      return email;
    },
    tokensOf: async (email) => {
      const { AuthenticationResult } = await running.signIn(email);
      if (!AuthenticationResult) throw new Error(`no tokens for ${email}`);
      return AuthenticationResult;
    },
    mailTo: (address) => aws.mails.filter(({ to }) => to === address).at(-1)?.code ?? '',
    stop: async () => {
      client.destroy();
      await aws.stop();
    },
  };
  return running;
}

export const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

export const claimsOf = (token: string | undefined) =>
  JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString());

/** Matches an error of the SDK. */
export const error = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message && { message: expect.stringContaining(message) }) });
