import type { Request } from '../shared/http';
import { type AccountRow, ownAccount } from '../shared/own-account';
import { type Account, toAccount } from './account';
import type { Dependencies } from './dependencies';

/** The first call of somebody new makes the account, as any other call would. */
export async function getAccount(
  { database }: Pick<Dependencies, 'database'>,
  { identity }: Request<undefined>,
): Promise<Account> {
  const [row] = await database.withUser<AccountRow>(identity, ownAccount);
  return toAccount(row as AccountRow, identity);
}
