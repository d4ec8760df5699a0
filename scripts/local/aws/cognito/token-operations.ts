/** Operations that an access token authorizes: users manage their own account. */
import * as z from 'zod';
import { type Operation, operation } from '../json-service';
import { notAuthorized } from './attempt';
import {
  deleteAttributes,
  readAttributes,
  sendAttributeCode,
  updateAttributes,
  verifyAttribute,
  writableBy,
} from './attributes';
import type { Occasion } from './codes';
import type { CognitoEngine } from './engine';
import { attributeList, context, listed, secondFactors, text } from './members';
import { setPassword } from './new-users';
import { verifyPassword } from './passwords';
import type { Client } from './records';
import type { Metadata } from './triggers';

const AccessToken = z.string().min(1);

const occasionOf = (source: string, client: Client, metadata: Metadata): Occasion => ({
  source: `CustomMessage_${source}`,
  clientId: client.id,
  metadata,
});

export function tokenOperations(engine: CognitoEngine): Record<string, Operation> {
  return {
    GetUser: operation({
      input: z.object({ AccessToken }),
      run: (input) => {
        const { user, client } = engine.holder(input.AccessToken);
        return {
          Username: user.username,
          UserAttributes: listed(user, client.settings.readable),
          ...secondFactors(user),
        };
      },
    }),
    UpdateUserAttributes: operation({
      input: z.object({ AccessToken, UserAttributes: attributeList, ...context }),
      run: (input) => {
        const { pool, user, client } = engine.holder(input.AccessToken);
        const given = readAttributes(pool, input.UserAttributes, writableBy(client));
        const occasion = occasionOf('UpdateUserAttribute', client, input.ClientMetadata);
        return updateAttributes(pool, user, given, occasion);
      },
    }),
    DeleteUserAttributes: operation({
      input: z.object({ AccessToken, UserAttributeNames: z.array(text) }),
      run: async (input) => {
        const { pool, user, client } = engine.holder(input.AccessToken);
        if (!input.UserAttributeNames.every(writableBy(client)))
          throw notAuthorized('A client attempted to write unauthorized attribute');
        await deleteAttributes(pool, user, input.UserAttributeNames);
        return {};
      },
    }),
    GetUserAttributeVerificationCode: operation({
      input: z.object({ AccessToken, AttributeName: text, ...context }),
      run: (input) => {
        const { pool, user, client } = engine.holder(input.AccessToken);
        const occasion = occasionOf('VerifyUserAttribute', client, input.ClientMetadata);
        return sendAttributeCode(pool, user, input.AttributeName, occasion);
      },
    }),
    VerifyUserAttribute: operation({
      input: z.object({ AccessToken, AttributeName: text, Code: text }),
      run: async (input) => {
        const { pool, user } = engine.holder(input.AccessToken);
        await verifyAttribute(pool, user, input.AttributeName, input.Code);
        return {};
      },
    }),
    GlobalSignOut: operation({
      input: z.object({ AccessToken }),
      run: async (input) => {
        const { pool, user } = engine.holder(input.AccessToken);
        await pool.signOutEverywhere(user);
        return {};
      },
    }),
    ChangePassword: operation({
      input: z.object({
        AccessToken,
        /** Absent: a user who has none yet sets the first one. */
        PreviousPassword: z.string().optional(),
        ProposedPassword: z.string().max(256),
      }),
      run: async ({ AccessToken: token, PreviousPassword, ProposedPassword }) => {
        const { pool, user } = engine.holder(token);
        pool.lockouts.check(user.username);
        const first = user.password === undefined && PreviousPassword === undefined;
        if (!first && !(await verifyPassword(PreviousPassword ?? '', user.password))) {
          pool.lockouts.failed(user.username);
          throw notAuthorized('Incorrect username or password.');
        }
        pool.lockouts.succeeded(user.username);
        await setPassword(pool, user, ProposedPassword, 'CONFIRMED');
        return {};
      },
    }),
    DeleteUser: operation({
      input: z.object({ AccessToken }),
      run: async (input) => {
        const { pool, user } = engine.holder(input.AccessToken);
        await pool.remove(user);
        return {};
      },
    }),
  };
}
