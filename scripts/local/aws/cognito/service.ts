/** The Cognito user pools API: which operations there are, who may call them, and what they answer. */
import * as z from 'zod';
import type { Principals } from '../authentication';
import { AwsError } from '../errors';
import { JsonService, type Operation, operation } from '../json-service';
import { confirmForgotPassword, confirmSignUp, forgotPassword, resendConfirmation, signUp } from './accounts';
import { adminOperations } from './admin-operations';
import { descriptionOperations } from './description';
import type { CognitoEngine } from './engine';
import { groupOperations } from './group-operations';
import { listingOperations } from './listing';
import { attributeList, attributes, context, parameters, secretHash, text } from './members';
import { mfaOperations } from './mfa-operations';
import { tokenOperations } from './token-operations';
import { refreshSession, revoke } from './tokens';

/** Operations of an app's own users: no AWS signature, the client id and the call's own secrets decide. */
function userOperations(engine: CognitoEngine): Record<string, Operation> {
  const named = (clientId: string, username: string, hash: string | undefined) => {
    const found = engine.client(clientId);
    found.pool.checkSecretHash(found.client, username, hash);
    return found;
  };
  const account = { ClientId: text, Username: text, SecretHash: secretHash, ...context };
  const password = z.string().max(256);
  const { challenges } = engine.signIns;
  return {
    SignUp: operation({
      input: z.object({
        ...account,
        Password: password.optional(),
        UserAttributes: attributes,
        ValidationData: attributeList.optional(),
      }),
      run: async (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        const answer = await signUp(pool, client, input.Username, input.Password, input.UserAttributes, {
          metadata: input.ClientMetadata,
          validationData: input.ValidationData,
        });
        if (!client.settings.flows.has('ALLOW_USER_AUTH')) return answer;
        const step = { name: 'SIGNED_UP', confirmed: answer.UserConfirmed } as const;
        const user = pool.users.withSub(answer.UserSub);
        return { ...answer, ...(user && { Session: challenges.keep(pool, client, user, step) }) };
      },
    }),
    ConfirmSignUp: operation({
      input: z.object({
        ...account,
        ConfirmationCode: text,
        Session: z.string().optional(),
        /** Moves an alias from another user; the pools here have user names or addresses, and no aliases. */
        ForceAliasCreation: z.boolean().optional(),
      }),
      run: async (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        const user = await confirmSignUp(
          pool,
          client,
          input.Username,
          input.ConfirmationCode,
          input.ClientMetadata,
        );
        if (input.Session !== undefined) {
          const { username } = challenges.take(input.Session, pool, client, 'SIGNED_UP');
          if (username !== user.username)
            throw new AwsError('NotAuthorizedException', 'Invalid session for the user.');
        }
        if (!client.settings.flows.has('ALLOW_USER_AUTH')) return {};
        // Also without the session of SignUp, which clients do not send: the code has just proven who it is.
        const step = { name: 'SIGNED_UP', confirmed: true } as const;
        return { Session: challenges.keep(pool, client, user, step) };
      },
    }),
    ResendConfirmationCode: operation({
      input: z.object(account),
      run: (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        return resendConfirmation(pool, client, input.Username, input.ClientMetadata);
      },
    }),
    ForgotPassword: operation({
      input: z.object(account),
      run: (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        return forgotPassword(pool, client, input.Username, input.ClientMetadata);
      },
    }),
    ConfirmForgotPassword: operation({
      input: z.object({ ...account, ConfirmationCode: text, Password: password }),
      run: async (input) => {
        const { pool, client } = named(input.ClientId, input.Username, input.SecretHash);
        const { Username, ConfirmationCode, Password, ClientMetadata } = input;
        await confirmForgotPassword(pool, client, Username, ConfirmationCode, Password, ClientMetadata);
        return {};
      },
    }),
    InitiateAuth: operation({
      input: z.object({
        ClientId: text,
        AuthFlow: text,
        AuthParameters: parameters.default({}),
        Session: z.string().optional(),
        ...context,
      }),
      run: (input) => {
        const { pool, client } = engine.client(input.ClientId);
        return engine.signIns.initiate(pool, client, {
          flow: input.AuthFlow,
          parameters: input.AuthParameters,
          session: input.Session,
          metadata: input.ClientMetadata,
          admin: false,
        });
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
        return engine.signIns.respond(pool, client, {
          name: input.ChallengeName,
          session: input.Session,
          responses: input.ChallengeResponses,
          metadata: input.ClientMetadata,
        });
      },
    }),
    GetTokensFromRefreshToken: operation({
      input: z.object({
        ClientId: text,
        ClientSecret: z.string().optional(),
        RefreshToken: z.string().min(1),
        ClientMetadata: parameters.optional(),
      }),
      run: async ({ ClientId, ClientSecret, RefreshToken, ClientMetadata }) => {
        const { pool, client } = engine.client(ClientId);
        if (client.secret !== ClientSecret)
          throw new AwsError(
            'NotAuthorizedException',
            `Unable to verify secret hash for client ${client.id}`,
          );
        return { AuthenticationResult: await refreshSession(pool, client, RefreshToken, ClientMetadata) };
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

export function cognitoService(engine: CognitoEngine, principals: Principals): JsonService {
  return new JsonService({
    name: 'cognito-idp',
    target: 'AWSCognitoIdentityProviderService.',
    invalidCode: 'InvalidParameterException',
    principals,
    region: engine.context.region,
    operations: {
      ...userOperations(engine),
      ...tokenOperations(engine),
      ...mfaOperations(engine),
      ...adminOperations(engine),
      ...groupOperations(engine),
      ...listingOperations(engine),
      ...descriptionOperations(engine),
    },
  });
}
