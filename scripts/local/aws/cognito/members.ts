/** Members that many operations of the user pools API have in common. */
import * as z from 'zod';
import type { User } from './records';

export const text = z.string().min(1).max(2048);
export const secretHash = z.string().optional();
export const parameters = z.record(z.string(), z.string());
export const attributes = z.array(z.object({ Name: text, Value: z.string().optional() })).default([]);
/** Only passed on to triggers and to threat protection, which have no local counterpart. */
export const context = {
  ClientMetadata: z.unknown().optional(),
  AnalyticsMetadata: z.unknown().optional(),
  UserContextData: z.unknown().optional(),
};

export const listed = (user: User) =>
  Object.entries(user.attributes).map(([Name, Value]) => ({ Name, Value }));
