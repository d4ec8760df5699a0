/** Members that many operations of the user pools API have in common. */
import * as z from 'zod';
import type { User } from './records';

export const text = z.string().min(1).max(2048);
export const secretHash = z.string().optional();
export const parameters = z.record(z.string(), z.string());
export const attributeList = z.array(z.object({ Name: text, Value: z.string().optional() }));
export const attributes = attributeList.default([]);
export const context = {
  ClientMetadata: parameters.optional(),
  /** For threat protection and analytics, which have no local counterpart. */
  AnalyticsMetadata: z.unknown().optional(),
  UserContextData: z.unknown().optional(),
  ContextData: z.unknown().optional(),
};

/** Attributes as the API lists them. @param readable @default all */
export const listed = (user: User, readable?: readonly string[]) =>
  Object.entries(user.attributes)
    .filter(([name]) => name === 'sub' || !readable || readable.includes(name))
    .map(([Name, Value]) => ({ Name, Value }));

/** The second factors of a user. */
export const secondFactors = ({ totp }: User) => ({
  ...(totp?.enabled && { UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] }),
  ...(totp?.enabled && totp.preferred && { PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA' }),
});

/** A user as administrators see them. */
export const described = (user: User) => ({
  Username: user.username,
  UserCreateDate: user.created / 1000,
  UserLastModifiedDate: user.modified / 1000,
  Enabled: user.enabled,
  UserStatus: user.status,
});
