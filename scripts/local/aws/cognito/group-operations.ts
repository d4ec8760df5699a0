/** Operations on groups: administrators alone put users into them, and the groups go into the tokens. */
import * as z from 'zod';
import { AwsError } from '../errors';
import { type Operation, operation } from '../json-service';
import type { CognitoEngine } from './engine';
import { described, listed, text } from './members';
import { page, pageMembers } from './paging';
import type { Group } from './records';
import type { UserPool } from './user-pool';

const group = z.object({ UserPoolId: text, GroupName: text });
const properties = {
  Description: z.string().max(2048).optional(),
  Precedence: z.number().int().min(0).optional(),
  RoleArn: z.string().optional(),
};

const describedGroup = (pool: UserPool, one: Group) => ({
  GroupName: one.name,
  UserPoolId: pool.id,
  Description: one.description,
  Precedence: one.precedence,
  RoleArn: one.roleArn,
  CreationDate: one.created / 1000,
  LastModifiedDate: one.modified / 1000,
});

function requireGroup(pool: UserPool, name: string): Group {
  const found = pool.groups.get(name);
  if (!found) throw new AwsError('ResourceNotFoundException', 'Group not found.');
  return found;
}

export function groupOperations(engine: CognitoEngine): Record<string, Operation> {
  const on = (action: string) => engine.grantOn(action);
  const member = group.extend({ Username: text });
  return {
    CreateGroup: operation({
      input: group.extend(properties),
      authorize: on('CreateGroup'),
      run: async ({ UserPoolId, GroupName, Description, Precedence, RoleArn }) => {
        const pool = engine.pool(UserPoolId);
        if (pool.groups.has(GroupName))
          throw new AwsError('GroupExistsException', 'A group with the name already exists.');
        const created = await pool.declareGroup({
          name: GroupName,
          description: Description,
          precedence: Precedence,
          roleArn: RoleArn,
        });
        return { Group: describedGroup(pool, created) };
      },
    }),
    UpdateGroup: operation({
      input: group.extend(properties),
      authorize: on('UpdateGroup'),
      run: async ({ UserPoolId, GroupName, Description, Precedence, RoleArn }) => {
        const pool = engine.pool(UserPoolId);
        const current = requireGroup(pool, GroupName);
        const changed = await pool.declareGroup({
          name: GroupName,
          description: Description ?? current.description,
          precedence: Precedence ?? current.precedence,
          roleArn: RoleArn ?? current.roleArn,
        });
        return { Group: describedGroup(pool, changed) };
      },
    }),
    GetGroup: operation({
      input: group,
      authorize: on('GetGroup'),
      run: ({ UserPoolId, GroupName }) => {
        const pool = engine.pool(UserPoolId);
        return { Group: describedGroup(pool, requireGroup(pool, GroupName)) };
      },
    }),
    DeleteGroup: operation({
      input: group,
      authorize: on('DeleteGroup'),
      run: async ({ UserPoolId, GroupName }) => {
        const pool = engine.pool(UserPoolId);
        requireGroup(pool, GroupName);
        await pool.removeGroup(GroupName);
        return {};
      },
    }),
    ListGroups: operation({
      input: z.object({ UserPoolId: text, ...pageMembers }),
      authorize: on('ListGroups'),
      run: ({ UserPoolId, Limit, NextToken }) => {
        const pool = engine.pool(UserPoolId);
        const { items, next } = page([...pool.groups.values()], ({ name }) => name, Limit, NextToken);
        return { Groups: items.map((one) => describedGroup(pool, one)), NextToken: next };
      },
    }),
    AdminAddUserToGroup: operation({
      input: member,
      authorize: on('AdminAddUserToGroup'),
      run: async ({ UserPoolId, GroupName, Username }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        requireGroup(pool, GroupName);
        await pool.change(user, ({ groups = [] }) => ({ groups: [...new Set([...groups, GroupName])] }));
        return {};
      },
    }),
    AdminRemoveUserFromGroup: operation({
      input: member,
      authorize: on('AdminRemoveUserFromGroup'),
      run: async ({ UserPoolId, GroupName, Username }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        requireGroup(pool, GroupName);
        await pool.change(user, ({ groups = [] }) => ({
          groups: groups.filter((name) => name !== GroupName),
        }));
        return {};
      },
    }),
    AdminListGroupsForUser: operation({
      input: z.object({ UserPoolId: text, Username: text, ...pageMembers }),
      authorize: on('AdminListGroupsForUser'),
      run: ({ UserPoolId, Username, Limit, NextToken }) => {
        const { pool, user } = engine.poolUser(UserPoolId, Username);
        const own = (user.groups ?? []).flatMap((name) => pool.groups.get(name) ?? []);
        const { items, next } = page(own, ({ name }) => name, Limit, NextToken);
        return { Groups: items.map((one) => describedGroup(pool, one)), NextToken: next };
      },
    }),
    ListUsersInGroup: operation({
      input: group.extend(pageMembers),
      authorize: on('ListUsersInGroup'),
      run: ({ UserPoolId, GroupName, Limit, NextToken }) => {
        const pool = engine.pool(UserPoolId);
        requireGroup(pool, GroupName);
        const { items, next } = page(
          pool.users.inGroup(GroupName),
          ({ username }) => username,
          Limit,
          NextToken,
        );
        return {
          Users: items.map((user) => ({ ...described(user), Attributes: listed(user) })),
          NextToken: next,
        };
      },
    }),
  };
}
