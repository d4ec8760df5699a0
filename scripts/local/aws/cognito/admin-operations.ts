/** Operations of an administrator on accounts: signed, and authorized on the pool. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import { adminConfirmSignUp, adminCreateUser, adminResetPassword, resendInvitation } from './admin-accounts';
import { deleteAttributes, readAttributes, updateAttributes, writableByAdministrator } from './attributes';
import type { CognitoEngine } from './engine';
import {
  attributeList,
  attributes,
  context,
  described,
  listed,
  parameters,
  secondFactors,
  text,
} from './members';
import { setPassword } from './new-users';
import type { User } from './records';
import type { Metadata } from './triggers';
import type { UserPool } from './user-pool';

const target = z.object({ UserPoolId: text, Username: text });
type Target = { UserPoolId: string; Username: string; ClientMetadata?: Metadata };

export function adminOperations(engine: CognitoEngine): Record<string, Operation> {
  const on = (action: string) => engine.grantOn(action);
  /** An operation that only names a user, and answers nothing. */
  const change = (
    action: string,
    apply: (pool: UserPool, user: User, metadata: Metadata) => Promise<unknown>,
  ) =>
    operation({
      input: target.extend(context),
      authorize: on(action),
      run: async ({ UserPoolId, Username, ClientMetadata }: Target) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await apply(pool, user, ClientMetadata);
        return {};
      },
    });
  const clientOf = (poolId: string, clientId: string) => {
    const { pool, client } = engine.client(clientId);
    if (pool.id !== poolId)
      throw new AwsError('ResourceNotFoundException', `User pool client ${clientId} does not exist.`);
    return { pool, client };
  };
  return {
    AdminCreateUser: operation({
      input: target.extend({
        UserAttributes: attributes,
        ValidationData: attributeList.optional(),
        TemporaryPassword: z.string().max(256).optional(),
        MessageAction: z.enum(['SUPPRESS', 'RESEND']).optional(),
        DesiredDeliveryMediums: z.array(z.literal('EMAIL')).optional(),
        ForceAliasCreation: z.literal(false).optional(),
        ...context,
      }),
      authorize: on('AdminCreateUser'),
      run: async (input) => {
        const invitation = {
          password: input.TemporaryPassword,
          message: input.MessageAction === 'SUPPRESS' ? 'suppress' : 'send',
          metadata: input.ClientMetadata,
          validationData: input.ValidationData,
        } as const;
        const user =
          input.MessageAction === 'RESEND'
            ? await resend(engine.poolUser(input.UserPoolId, input.Username), invitation)
            : await adminCreateUser(
                engine.pool(input.UserPoolId),
                input.Username,
                input.UserAttributes,
                invitation,
              );
        return { User: { ...described(user), Attributes: listed(user) } };
      },
    }),
    AdminGetUser: operation({
      input: target,
      authorize: on('AdminGetUser'),
      run: ({ UserPoolId, Username }) => {
        const { user } = engine.poolUser(UserPoolId, Username);
        return { ...described(user), UserAttributes: listed(user), ...secondFactors(user) };
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
    AdminUpdateUserAttributes: operation({
      input: target.extend({ UserAttributes: attributeList, ...context }),
      authorize: on('AdminUpdateUserAttributes'),
      run: async (input) => {
        const { pool, user } = engine.poolUser(input.UserPoolId, input.Username);
        const given = readAttributes(pool, input.UserAttributes, writableByAdministrator);
        await updateAttributes(pool, user, given, {
          source: 'CustomMessage_UpdateUserAttribute',
          clientId: undefined,
          metadata: input.ClientMetadata,
        });
        return {};
      },
    }),
    AdminDeleteUserAttributes: operation({
      input: target.extend({ UserAttributeNames: z.array(text) }),
      authorize: on('AdminDeleteUserAttributes'),
      run: async ({ UserPoolId, Username, UserAttributeNames }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await deleteAttributes(pool, user, UserAttributeNames);
        return {};
      },
    }),
    AdminDeleteUser: change('AdminDeleteUser', (pool, user) => pool.remove(user)),
    AdminUserGlobalSignOut: change('AdminUserGlobalSignOut', (pool, user) => pool.signOutEverywhere(user)),
    AdminDisableUser: change('AdminDisableUser', (pool, user) => pool.change(user, { enabled: false })),
    AdminEnableUser: change('AdminEnableUser', (pool, user) => pool.change(user, { enabled: true })),
    AdminConfirmSignUp: change('AdminConfirmSignUp', adminConfirmSignUp),
    AdminResetUserPassword: change('AdminResetUserPassword', adminResetPassword),
    AdminInitiateAuth: operation({
      input: z.object({
        UserPoolId: text,
        ClientId: text,
        AuthFlow: text,
        AuthParameters: parameters.default({}),
        Session: z.string().optional(),
        ...context,
      }),
      authorize: on('AdminInitiateAuth'),
      run: (input) => {
        const { pool, client } = clientOf(input.UserPoolId, input.ClientId);
        return engine.signIns.initiate(pool, client, {
          flow: input.AuthFlow,
          parameters: input.AuthParameters,
          session: input.Session,
          metadata: input.ClientMetadata,
          admin: true,
        });
      },
    }),
    AdminRespondToAuthChallenge: operation({
      input: z.object({
        UserPoolId: text,
        ClientId: text,
        ChallengeName: text,
        Session: z.string().optional(),
        ChallengeResponses: parameters.default({}),
        ...context,
      }),
      authorize: on('AdminRespondToAuthChallenge'),
      run: (input) => {
        const { pool, client } = clientOf(input.UserPoolId, input.ClientId);
        return engine.signIns.respond(pool, client, {
          name: input.ChallengeName,
          session: input.Session,
          responses: input.ChallengeResponses,
          metadata: input.ClientMetadata,
        });
      },
    }),
  };
}

const resend = (
  { pool, user }: { pool: UserPool; user: User },
  invitation: Parameters<typeof resendInvitation>[2],
) => resendInvitation(pool, user, invitation);
