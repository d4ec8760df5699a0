/** Operations of an administrator: signed, and authorized on the pool. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import { adminCreateUser, setPassword } from './accounts';
import type { CognitoEngine } from './engine';
import { attributes, context, listed, parameters, text } from './members';
import type { User } from './records';

const described = (user: User) => ({
  Username: user.username,
  UserCreateDate: user.created / 1000,
  UserLastModifiedDate: user.modified / 1000,
  Enabled: user.enabled,
  UserStatus: user.status,
});

export function adminOperations(engine: CognitoEngine): Record<string, Operation> {
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
