/** ListUsers: all users, or those a filter names, in pages. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import type { CognitoEngine } from './engine';
import { described, listed, text } from './members';
import { limit } from './paging';
import type { User } from './records';
import type { UserPool } from './user-pool';

const PAGE = 60;

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/** Attributes that can be searched for; custom ones cannot, on AWS neither. */
const SEARCHED: Readonly<Record<string, (user: User) => string | undefined>> = {
  ...Object.fromEntries(
    ['email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username'].map((name) => [
      name,
      (user: User) => user.attributes[name],
    ]),
  ),
  username: ({ username }) => username,
  sub: ({ sub }) => sub,
  'cognito:user_status': ({ status }) => status,
  status: ({ enabled }) => (enabled ? 'Enabled' : 'Disabled'),
};

interface Filter {
  readonly name: string;
  readonly exact: boolean;
  readonly value: string;
}

function readFilter(filter: string): Filter {
  const [, name = '', operator, quoted = ''] =
    /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter) ?? [];
  if (!operator || !Object.hasOwn(SEARCHED, name))
    throw invalid(`Invalid search filter: expected an attribute such as email = "x", found ${filter}`);
  return { name, exact: operator === '=', value: quoted.replace(/\\(.)/g, '$1') };
}

/** Users in the order of their creation. Those of one address are found without looking at all. */
function candidates(pool: UserPool, filter: Filter | undefined, after: number): Iterable<User> {
  if (!filter?.exact) return pool.users.after(after);
  if (filter.name === 'email') return pool.users.withEmail(filter.value);
  if (filter.name === 'sub') return [pool.users.withSub(filter.value) ?? []].flat();
  if (filter.name === 'username') return [pool.users.get(pool.normalize(filter.value)) ?? []].flat();
  return pool.users.after(after);
}

function matches(pool: UserPool, filter: Filter | undefined, user: User): boolean {
  if (!filter) return true;
  const value = SEARCHED[filter.name]?.(user);
  if (value === undefined) return false;
  const [actual, wanted] = [pool.normalize(value), pool.normalize(filter.value)];
  return filter.exact ? actual === wanted : actual.startsWith(wanted);
}

/** The order of the last user of the page before; users who go meanwhile move no other. */
function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const order = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(order) || order < 1) throw invalid('Invalid pagination token given.');
  return order;
}

export function listingOperations(engine: CognitoEngine): Record<string, Operation> {
  return {
    ListUsers: operation({
      input: z.object({
        UserPoolId: text,
        AttributesToGet: z.array(text).optional(),
        Filter: z.string().max(256).optional(),
        Limit: limit,
        PaginationToken: z.string().optional(),
      }),
      authorize: engine.grantOn('ListUsers'),
      run: ({ UserPoolId, AttributesToGet, Filter: text, Limit, PaginationToken }) => {
        const pool = engine.pool(UserPoolId);
        const filter = text ? readFilter(text) : undefined;
        const after = readToken(PaginationToken);
        const found: User[] = [];
        // One more than asked for, which tells whether there is a next page.
        const size = Limit || PAGE;
        for (const user of candidates(pool, filter, after)) {
          if (user.order <= after || !matches(pool, filter, user)) continue;
          found.push(user);
          if (found.length > size) break;
        }
        const users = found.slice(0, size);
        const last = users.at(-1);
        return {
          Users: users.map((user) => ({
            ...described(user),
            Attributes: listed(user).filter(({ Name }) => !AttributesToGet || AttributesToGet.includes(Name)),
          })),
          ...(found.length > size &&
            last && { PaginationToken: Buffer.from(String(last.order)).toString('base64url') }),
        };
      },
    }),
  };
}
