/** Operations that set up a second factor, by access token or in the session of a sign-in. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import type { Attempt } from './attempt';
import type { CognitoEngine } from './engine';
import { text } from './members';
import type { User } from './records';
import { associateInSession, verifyInSession } from './second-factor';
import { adoptApp, newSecret, requireTotpPool, stepOf } from './totp';
import type { UserPool } from './user-pool';

const flag = z.boolean().default(false);
/** Factors that only exist switched off here. */
const off = z.object({ Enabled: z.literal(false).optional(), PreferredMfa: z.literal(false).optional() });
const preferences = {
  SoftwareTokenMfaSettings: z.object({ Enabled: flag, PreferredMfa: flag }).optional(),
  SMSMfaSettings: off.optional(),
  EmailMfaSettings: off.optional(),
};
/** Either of them says who it is. */
const either = { AccessToken: z.string().min(1).optional(), Session: z.string().min(1).optional() };

async function prefer(
  pool: UserPool,
  user: User,
  settings: { Enabled: boolean; PreferredMfa: boolean } | undefined,
): Promise<void> {
  if (!settings) return;
  const { totp } = user;
  if (settings.Enabled && !totp)
    throw new AwsError('InvalidParameterException', 'User has not verified software token mfa');
  if (totp)
    await pool.change(user, {
      totp: { ...totp, enabled: settings.Enabled, preferred: settings.Enabled && settings.PreferredMfa },
    });
}

const missing = () =>
  new AwsError('InvalidParameterException', 'Either an AccessToken or a Session is required.');

export function mfaOperations(engine: CognitoEngine): Record<string, Operation> {
  const attemptOf = (session: string): Attempt => {
    const { poolId, clientId } = engine.signIns.challenges.ownerOf(session);
    const { client } = engine.client(clientId);
    return engine.signIns.attempt(engine.pool(poolId), client);
  };
  return {
    AssociateSoftwareToken: operation({
      input: z.object(either),
      run: async ({ AccessToken, Session }) => {
        if (AccessToken === undefined) {
          if (Session === undefined) throw missing();
          return associateInSession(attemptOf(Session), Session);
        }
        const { pool, user } = engine.holder(AccessToken);
        requireTotpPool(pool);
        // An app that is in use stays so until the new one has proven its secret.
        const { newTotpSecret } = await pool.change(user, { newTotpSecret: newSecret() });
        return { SecretCode: newTotpSecret };
      },
    }),
    VerifySoftwareToken: operation({
      input: z.object({ ...either, UserCode: text, FriendlyDeviceName: z.string().optional() }),
      run: async ({ AccessToken, Session, UserCode }) => {
        if (AccessToken === undefined) {
          if (Session === undefined) throw missing();
          return verifyInSession(attemptOf(Session), Session, UserCode);
        }
        const { pool, user } = engine.holder(AccessToken);
        requireTotpPool(pool);
        const secret = user.newTotpSecret;
        if (secret === undefined)
          throw new AwsError('InvalidParameterException', 'User has not associated a software token.');
        pool.lockouts.check(user.username);
        const step = stepOf(secret, UserCode, pool.now());
        if (step === undefined) {
          pool.lockouts.failed(user.username);
          throw new AwsError('EnableSoftwareTokenMFAException', 'Code mismatch');
        }
        await adoptApp(pool, user, secret, step);
        return { Status: 'SUCCESS' };
      },
    }),
    SetUserMFAPreference: operation({
      input: z.object({ AccessToken: z.string().min(1), ...preferences }),
      run: async ({ AccessToken, SoftwareTokenMfaSettings }) => {
        const { pool, user } = engine.holder(AccessToken);
        await prefer(pool, user, SoftwareTokenMfaSettings);
        return {};
      },
    }),
    AdminSetUserMFAPreference: operation({
      input: z.object({ UserPoolId: text, Username: text, ...preferences }),
      authorize: engine.grantOn('AdminSetUserMFAPreference'),
      run: async ({ UserPoolId, Username, SoftwareTokenMfaSettings }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        await prefer(pool, user, SoftwareTokenMfaSettings);
        return {};
      },
    }),
  };
}
