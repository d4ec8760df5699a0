/** The Cognito user pools API: which operations there are, who may call them, and what they answer. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import { AwsError } from '../errors';
import { JsonService, type Operation, operation } from '../json-service';
import {
  adminCreateUser,
  confirmForgotPassword,
  confirmSignUp,
  forgotPassword,
  resendConfirmation,
  setPassword,
  signUp,
} from './accounts';
import type { CognitoEngine } from './engine';
import { verifyPassword } from './passwords';
import { revoke, userOfAccessToken } from './tokens';
import type { User } from './user-pool';

const text = z.string().min(1).max(2048);
const secretHash = z.string().optional();
const parameters = z.record(z.string(), z.string());
const attributes = z.array(z.object({ Name: text, Value: z.string().optional() })).default([]);
/** Only passed on to triggers and to threat protection, which have no local counterpart. */
const context = {
  ClientMetadata: z.unknown().optional(),
  AnalyticsMetadata: z.unknown().optional(),
  UserContextData: z.unknown().optional(),
};

const listed = (user: User) => Object.entries(user.attributes).map(([Name, Value]) => ({ Name, Value }));
const described = (user: User) => ({
  Username: user.username,
  UserCreateDate: user.created / 1000,
  UserLastModifiedDate: user.modified / 1000,
  Enabled: user.enabled,
  UserStatus: user.status,
});

/** Operations of an app's own users: no AWS signature, the client id and the call's own secrets decide. */
function userOperations(engine: CognitoEngine): Record<string, Operation> {
  const named = (clientId: string, username: string, hash: string | undefined) => {
    const found = engine.client(clientId);
    found.pool.checkSecretHash(found.client, username, hash);
    return found;
  };
  const account = { ClientId: text, Username: text, SecretHash: secretHash, ...context };
  return {
    SignUp: operation({
      input: z.object({
        ...account,
        Password: z.string().max(256),
        UserAttributes: attributes,
        ValidationData: z.array(z.unknown()).max(0).optional(),
      }),
      run: (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        return signUp(pool, client, input.Username, input.Password, input.UserAttributes);
      },
    }),
    ConfirmSignUp: operation({
      input: z.object({ ...account, ConfirmationCode: text }),
      run: async (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        await confirmSignUp(pool, client, input.Username, input.ConfirmationCode);
        return {};
      },
    }),
    ResendConfirmationCode: operation({
      input: z.object(account),
      run: (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        return resendConfirmation(pool, client, input.Username);
      },
    }),
    ForgotPassword: operation({
      input: z.object(account),
      run: (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        return forgotPassword(pool, client, input.Username);
      },
    }),
    ConfirmForgotPassword: operation({
      input: z.object({ ...account, ConfirmationCode: text, Password: z.string().max(256) }),
      run: async (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        await confirmForgotPassword(pool, client, input.Username, input.ConfirmationCode, input.Password);
        return {};
      },
    }),
    InitiateAuth: operation({
      input: z.object({ ClientId: text, AuthFlow: text, AuthParameters: parameters.default({}), ...context }),
      run: ({ ClientId, AuthFlow, AuthParameters }) => {
        const { pool, client } = engine.client(ClientId);
        return engine.signIns.initiate(pool, client, AuthFlow, AuthParameters, false);
      },
    }),
    RespondToAuthChallenge: operation({
      input: z.object({
        ClientId: text,
        ChallengeName: text,
        Session: z.string().optional(),
        ChallengeResponses: parameters.default({}),
        ...context,
      }),
      run: (input) => {
        const { pool, client } = engine.client(input.ClientId);
        return engine.signIns.respond(
          pool,
          client,
          input.ChallengeName,
          input.Session,
          input.ChallengeResponses,
        );
      },
    }),
    RevokeToken: operation({
      input: z.object({ ClientId: text, ClientSecret: z.string().optional(), Token: text.max(8192) }),
      run: async ({ ClientId, ClientSecret, Token }) => {
        const { pool, client } = engine.client(ClientId);
        if (client.secret !== ClientSecret)
          throw new AwsError('InvalidParameterException', 'The client secret is wrong or missing.');
        await revoke(pool, client, Token);
        return {};
      },
    }),
  };
}

/** Operations that an access token authorizes. */
function tokenOperations(engine: CognitoEngine): Record<string, Operation> {
  const AccessToken = z.string().min(1);
  const holder = (token: string) => {
    const pool = engine.poolOfToken(token);
    return { pool, user: userOfAccessToken(pool, token) };
  };
  return {
    GetUser: operation({
      input: z.object({ AccessToken }),
      run: (input) => {
        const { user } = holder(input.AccessToken);
        return { Username: user.username, UserAttributes: listed(user) };
      },
    }),
    GlobalSignOut: operation({
      input: z.object({ AccessToken }),
      run: async (input) => {
        const { pool, user } = holder(input.AccessToken);
        await pool.signOutEverywhere(user);
        return {};
      },
    }),
    ChangePassword: operation({
      input: z.object({ AccessToken, PreviousPassword: z.string(), ProposedPassword: z.string() }),
      run: async ({ AccessToken: token, PreviousPassword, ProposedPassword }) => {
        const { pool, user } = holder(token);
        if (!(await verifyPassword(PreviousPassword, user.password)))
          throw new AwsError('NotAuthorizedException', 'Incorrect username or password.');
        await setPassword(pool, user, ProposedPassword, 'CONFIRMED');
        return {};
      },
    }),
    DeleteUser: operation({
      input: z.object({ AccessToken }),
      run: async (input) => {
        const { pool, user } = holder(input.AccessToken);
        await pool.remove(user);
        return {};
      },
    }),
  };
}

/** Operations of an administrator: signed, and authorized on the pool. */
function adminOperations(engine: CognitoEngine): Record<string, Operation> {
  const on = (action: string) => (input: { UserPoolId: string }) => ({
    action: `cognito-idp:${action}`,
    resource: engine.pool(input.UserPoolId).arn,
  });
  const target = z.object({ UserPoolId: text, Username: text });
  type Target = { UserPoolId: string; Username: string };
  const change = (action: string, apply: (user: User) => void) =>
    operation({
      input: target,
      authorize: on(action),
      run: async ({ UserPoolId, Username }: Target) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        apply(user);
        await pool.update(user);
        return {};
      },
    });
  return {
    AdminCreateUser: operation({
      input: target.extend({
        UserAttributes: attributes,
        TemporaryPassword: z.string().max(256).optional(),
        MessageAction: z.literal('SUPPRESS').optional(),
        DesiredDeliveryMediums: z.array(z.literal('EMAIL')).optional(),
        ClientMetadata: z.unknown().optional(),
      }),
      authorize: on('AdminCreateUser'),
      run: async (input) => {
        const message = input.MessageAction === 'SUPPRESS' ? 'suppress' : 'send';
        const user = await adminCreateUser(
          engine.pool(input.UserPoolId),
          input.Username,
          input.UserAttributes,
          input.TemporaryPassword,
          message,
        );
        return { User: { ...described(user), Attributes: listed(user) } };
      },
    }),
    AdminGetUser: operation({
      input: target,
      authorize: on('AdminGetUser'),
      run: ({ UserPoolId, Username }) => {
        const { user } = engine.poolUser(UserPoolId, Username);
        return { ...described(user), UserAttributes: listed(user) };
      },
    }),
    AdminSetUserPassword: operation({
      input: target.extend({ Password: z.string().max(256), Permanent: z.boolean().default(false) }),
      authorize: on('AdminSetUserPassword'),
      run: async ({ UserPoolId, Username, Password, Permanent }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await setPassword(pool, user, Password, Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD');
        return {};
      },
    }),
    AdminDeleteUser: operation({
      input: target,
      authorize: on('AdminDeleteUser'),
      run: async ({ UserPoolId, Username }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await pool.remove(user);
        return {};
      },
    }),
    AdminUserGlobalSignOut: operation({
      input: target,
      authorize: on('AdminUserGlobalSignOut'),
      run: async ({ UserPoolId, Username }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await pool.signOutEverywhere(user);
        return {};
      },
    }),
    AdminDisableUser: change('AdminDisableUser', (user) => {
      user.enabled = false;
    }),
    AdminEnableUser: change('AdminEnableUser', (user) => {
      user.enabled = true;
    }),
    AdminConfirmSignUp: change('AdminConfirmSignUp', (user) => {
      if (user.status !== 'UNCONFIRMED')
        throw new AwsError(
          'NotAuthorizedException',
          `User cannot be confirmed. Current status is ${user.status}`,
        );
      user.status = 'CONFIRMED';
    }),
    AdminInitiateAuth: operation({
      input: z.object({
        UserPoolId: text,
        ClientId: text,
        AuthFlow: text,
        AuthParameters: parameters.default({}),
        ...context,
      }),
      authorize: on('AdminInitiateAuth'),
      run: ({ UserPoolId, ClientId, AuthFlow, AuthParameters }) => {
        const { pool, client } = engine.client(ClientId);
        if (pool.id !== UserPoolId)
          throw new AwsError('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`);
        return engine.signIns.initiate(pool, client, AuthFlow, AuthParameters, true);
      },
    }),
  };
}

export function cognitoService(engine: CognitoEngine, principals: Principals): JsonService {
  return new JsonService({
    name: 'cognito-idp',
    target: 'AWSCognitoIdentityProviderService.',
    invalidCode: 'InvalidParameterException',
    principals,
    region: engine.context.region,
    operations: { ...userOperations(engine), ...tokenOperations(engine), ...adminOperations(engine) },
  });
}
