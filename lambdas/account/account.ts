import type * as z from 'zod';
import { ApiError } from '../shared/errors';
import type { Identity } from '../shared/identity';
import { type AccountRow, describeAccount } from '../shared/own-account';
import type { accountSchema } from './contract';

/** An account as the API answers it: what is not known is absent. */
export type Account = z.output<typeof accountSchema>;

export function toAccount(row: AccountRow, { claims }: Identity): Account {
  const { email, name, locale, ...known } = describeAccount(row);
  return {
    ...known,
    ...(email !== null && { email }),
    ...(name !== null && { name }),
    ...(locale !== null && { locale }),
    ...(claims?.groups && { groups: [...claims.groups] }),
  };
}

/** For a request that was under way when another one deleted the account. */
export function accountDeleted(): ApiError {
  return new ApiError('unauthorized', 'This account was deleted.');
}

/**
 * From when on a sign-in is surely later than `now`: tokens say in whole seconds when their user signed in, so
 * only the next second will do.
 */
export function afterEverySignIn(now: Date): Date {
  return new Date((Math.floor(now.getTime() / 1000) + 1) * 1000);
}
