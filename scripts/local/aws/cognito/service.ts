/** The Cognito user pools API: which operations there are, who may call them, and what they answer. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import { AwsError } from '../errors';
import { JsonService, type Operation, operation } from '../json-service';
import {
  confirmForgotPassword,
  confirmSignUp,
  forgotPassword,
  resendConfirmation,
  setPassword,
  signUp,
} from './accounts';
import { adminOperations } from './admin-operations';
import type { CognitoEngine } from './engine';
import { attributes, context, listed, parameters, secretHash, text } from './members';
import { verifyPassword } from './passwords';
import { revoke, userOfAccessToken } from './tokens';

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
