import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
  DeleteGroupCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { claimsOf, error, type RunningPool, startPool } from './running-pool';

let pool: RunningPool;
let UserPoolId: string;

beforeAll(async () => {
  pool = await startPool();
  ({ UserPoolId } = pool);
  for (let i = 0; i < 25; i++)
    await pool.client.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: `user-${i}@example.com`,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'name', Value: i % 2 ? 'Odd "One"' : 'Even' }],
      }),
    );
});
afterAll(() => pool.stop());

const list = (more: { Filter?: string; Limit?: number; PaginationToken?: string | undefined } = {}) =>
  pool.client.send(new ListUsersCommand({ UserPoolId, ...more }));
const emails = ({ Users = [] }: Awaited<ReturnType<typeof list>>) =>
  Users.map(({ Attributes = [] }) => Attributes.find(({ Name }) => Name === 'email')?.Value);

describe('listing users', () => {
  test('goes through all of them in pages, each once, also when some go meanwhile', async () => {
    const seen: (string | undefined)[] = [];
    let PaginationToken: string | undefined;
    let pages = 0;
    do {
      const answer = await list({ Limit: 10, ...(PaginationToken && { PaginationToken }) });
      seen.push(...emails(answer));
      ({ PaginationToken } = answer);
      if (pages++ === 0)
        for (const Username of ['user-2@example.com', 'user-9@example.com'])
          await pool.client.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
    } while (PaginationToken);
    expect(pages).toBe(3);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `user-${i}@example.com`));
    await expect(list({ PaginationToken: 'nonsense' })).rejects.toEqual(error('InvalidParameterException'));
  });

  test.each([
    ['email = "USER-3@example.com"', ['user-3@example.com']],
    ['email ^= "user-1"', [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((i) => `user-${i}@example.com`)],
    ['"email"="user-4@example.com"', ['user-4@example.com']],
    ['email = "nobody@example.com"', []],
    ['cognito:user_status = "CONFIRMED"', []],
  ])('by %s', async (Filter, expected) => {
    expect(emails(await list({ Filter }))).toEqual(expected);
  });

  test('by sub, by username, and by a value with quotes', async () => {
    const { sub = '' } = pool.aws.cognito.pool(UserPoolId).find('user-5@example.com') ?? {};
    expect(emails(await list({ Filter: `sub = "${sub}"` }))).toEqual(['user-5@example.com']);
    expect(emails(await list({ Filter: `username = "${sub}"` }))).toEqual(['user-5@example.com']);
    expect(emails(await list({ Filter: 'name = "Odd \\"One\\""' }))).toHaveLength(11);
  });

  test.each(['email', 'email > "a"', 'custom:plan = "free"', 'email = a'])(
    'refuses the filter %s',
    async (Filter) => {
      await expect(list({ Filter })).rejects.toEqual(
        error('InvalidParameterException', 'Invalid search filter'),
      );
    },
  );
});

describe('groups', () => {
  const group = <More extends object>(GroupName: string, more?: More) => ({
    UserPoolId,
    GroupName,
    ...(more as More),
  });

  test('have members, and are in both tokens of theirs, the most important first', async () => {
    await pool.client.send(new CreateGroupCommand(group('readers', { Precedence: 10 })));
    await pool.client.send(
      new CreateGroupCommand(group('admin', { Precedence: 1, Description: 'All of it' })),
    );
    await expect(pool.client.send(new CreateGroupCommand(group('admin')))).rejects.toEqual(
      error('GroupExistsException'),
    );
    const Username = await pool.user('member@example.com');
    for (const name of ['readers', 'admin', 'admin'])
      await pool.client.send(new AdminAddUserToGroupCommand(group(name, { Username })));
    const tokens = await pool.tokensOf(Username);
    for (const token of [tokens.IdToken, tokens.AccessToken])
      expect(claimsOf(token)['cognito:groups']).toEqual(['admin', 'readers']);
    const { Groups } = await pool.client.send(new AdminListGroupsForUserCommand({ UserPoolId, Username }));
    expect(Groups?.map(({ GroupName }) => GroupName).sort()).toEqual(['admin', 'readers']);
    const { Users } = await pool.client.send(new ListUsersInGroupCommand(group('admin')));
    expect(Users).toHaveLength(1);

    await pool.client.send(new AdminRemoveUserFromGroupCommand(group('admin', { Username })));
    expect(claimsOf((await pool.tokensOf(Username)).IdToken)['cognito:groups']).toEqual(['readers']);
    await pool.client.send(new DeleteGroupCommand(group('readers')));
    expect(claimsOf((await pool.tokensOf(Username)).IdToken)).not.toHaveProperty('cognito:groups');
  });

  test('are read and listed, and one that does not exist is named', async () => {
    const { Group } = await pool.client.send(new GetGroupCommand(group('admin')));
    expect(Group).toMatchObject({ GroupName: 'admin', Description: 'All of it', Precedence: 1 });
    await pool.client.send(new CreateGroupCommand(group('zeta')));
    const first = await pool.client.send(new ListGroupsCommand({ UserPoolId, Limit: 1 }));
    expect(first.Groups?.map(({ GroupName }) => GroupName)).toEqual(['admin']);
    const second = await pool.client.send(new ListGroupsCommand({ UserPoolId, NextToken: first.NextToken }));
    expect(second.Groups?.map(({ GroupName }) => GroupName)).toEqual(['zeta']);
    expect(second.NextToken).toBeUndefined();
    await expect(pool.client.send(new GetGroupCommand(group('absent')))).rejects.toEqual(
      error('ResourceNotFoundException', 'Group not found'),
    );
    const Username = 'user-1@example.com';
    await expect(
      pool.client.send(new AdminAddUserToGroupCommand(group('absent', { Username }))),
    ).rejects.toEqual(error('ResourceNotFoundException'));
  });
});

test('a pool and a client are described as they were declared', async () => {
  const { UserPool } = await pool.client.send(new DescribeUserPoolCommand({ UserPoolId }));
  expect(UserPool).toMatchObject({
    Id: UserPoolId,
    UsernameAttributes: ['email'],
    MfaConfiguration: 'OFF',
    Policies: {
      PasswordPolicy: { MinimumLength: 12, RequireSymbols: false },
      SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
    },
    SchemaAttributes: expect.arrayContaining([
      expect.objectContaining({ Name: 'custom:plan', AttributeDataType: 'String', Mutable: true }),
    ]),
  });
  const { UserPoolClient } = await pool.client.send(
    new DescribeUserPoolClientCommand({ UserPoolId, ClientId: pool.ClientId }),
  );
  expect(UserPoolClient).toMatchObject({
    ClientId: pool.ClientId,
    PreventUserExistenceErrors: 'ENABLED',
    AccessTokenValidity: 900,
    TokenValidityUnits: { AccessToken: 'seconds' },
    RefreshTokenRotation: { Feature: 'DISABLED' },
  });
});
