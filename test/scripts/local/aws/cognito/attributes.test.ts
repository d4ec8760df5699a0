import {
  AdminUpdateUserAttributesCommand,
  DeleteUserAttributesCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { error, POOL, type RunningPool, startPool, wrong } from './running-pool';

const SCHEMA = [
  ...POOL.Schema,
  {
    Name: 'code',
    AttributeDataType: 'String',
    Mutable: true,
    StringAttributeConstraints: { MinLength: '2', MaxLength: '4' },
  },
  { Name: 'age', AttributeDataType: 'Number', Mutable: true, NumberAttributeConstraints: { MinValue: '18' } },
  { Name: 'legacy_subject', AttributeDataType: 'String' },
];

let pool: RunningPool;
/** Without UserAttributeUpdateSettings. */
let plain: RunningPool;

beforeAll(async () => {
  [pool, plain] = await Promise.all([
    startPool({
      Schema: SCHEMA,
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    }),
    startPool({ Schema: SCHEMA }),
  ]);
});
afterAll(() => Promise.all([pool.stop(), plain.stop()]));

const update = (at: RunningPool, AccessToken: string | undefined, ...values: [string, string][]) =>
  at.client.send(
    new UpdateUserAttributesCommand({
      AccessToken,
      UserAttributes: values.map(([Name, Value]) => ({ Name, Value })),
    }),
  );
const attributesOf = async (at: RunningPool, AccessToken: string | undefined) => {
  const { UserAttributes = [] } = await at.client.send(new GetUserCommand({ AccessToken }));
  return Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
};
const verify = (at: RunningPool, AccessToken: string | undefined, Code: string) =>
  at.client.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }));

describe('a new e-mail address', () => {
  test('counts once it is verified; until then the old one stays, and signs in', async () => {
    const { AccessToken } = await pool.tokensOf(await pool.user('old@example.com'));
    const { CodeDeliveryDetailsList } = await update(pool, AccessToken, ['email', 'New@example.com']);
    expect(CodeDeliveryDetailsList).toEqual([
      { Destination: 'n***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' },
    ]);
    expect(await attributesOf(pool, AccessToken)).toMatchObject({
      email: 'old@example.com',
      email_verified: 'true',
    });
    expect(pool.aws.mails.at(-1)).toMatchObject({ to: 'new@example.com', kind: 'attribute' });
    const code = pool.mailTo('new@example.com');
    await expect(verify(pool, AccessToken, wrong(code))).rejects.toEqual(error('CodeMismatchException'));
    await verify(pool, AccessToken, code);
    expect(await attributesOf(pool, AccessToken)).toMatchObject({
      email: 'new@example.com',
      email_verified: 'true',
    });
    await pool.signIn('new@example.com');
    await expect(pool.signIn('old@example.com')).rejects.toEqual(error('NotAuthorizedException'));
  });

  test('counts at once, unverified, where the pool does not keep the original', async () => {
    const { AccessToken } = await plain.tokensOf(await plain.user('first@example.com'));
    await update(plain, AccessToken, ['email', 'second@example.com']);
    expect(await attributesOf(plain, AccessToken)).toMatchObject({
      email: 'second@example.com',
      email_verified: 'false',
    });
    await plain.client.send(
      new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'email' }),
    );
    await verify(plain, AccessToken, plain.mailTo('second@example.com'));
    expect(await attributesOf(plain, AccessToken)).toMatchObject({ email_verified: 'true' });
  });

  test('cannot be that of somebody else, also if they take it before it is verified', async () => {
    await pool.user('theirs@example.com');
    const { AccessToken } = await pool.tokensOf(await pool.user('mine@example.com'));
    await expect(update(pool, AccessToken, ['email', 'theirs@example.com'])).rejects.toEqual(
      error('AliasExistsException'),
    );
    await update(pool, AccessToken, ['email', 'contested@example.com']);
    const code = pool.mailTo('contested@example.com');
    await pool.user('contested@example.com');
    await expect(verify(pool, AccessToken, code)).rejects.toEqual(error('AliasExistsException'));
  });

  test('an administrator may vouch for', async () => {
    const email = await pool.user('vouched@example.com');
    const { AccessToken } = await pool.tokensOf(email);
    const change = (UserAttributes: { Name: string; Value: string }[]) =>
      pool.client.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId: pool.UserPoolId,
          Username: email,
          UserAttributes,
        }),
      );
    await change([
      { Name: 'email', Value: 'moved@example.com' },
      { Name: 'email_verified', Value: 'true' },
    ]);
    expect(await attributesOf(pool, AccessToken)).toMatchObject({
      email: 'moved@example.com',
      email_verified: 'true',
    });
    expect(pool.mailTo('moved@example.com')).toBe('');
  });
});

describe('the schema', () => {
  let AccessToken: string | undefined;

  beforeAll(async () => {
    ({ AccessToken } = await pool.tokensOf(await pool.user('schema@example.com')));
  });

  test.each([
    ['custom:code', 'x', 'String length must not be less than 2'],
    ['custom:code', 'longer', 'String length must not be greater than 4'],
    ['custom:age', '17', 'must not be less than 18'],
    ['custom:age', 'old', 'must be a number'],
    ['email', 'no-address', 'Invalid email address format'],
    ['custom:unknown', 'x', 'does not exist in schema'],
  ])('refuses %s = %s', async (name, value, message) => {
    await expect(update(pool, AccessToken, [name, value])).rejects.toEqual(
      error('InvalidParameterException', message),
    );
  });

  test('lets an attribute that is not mutable be set when the user comes into being, and never again', async () => {
    await pool.signUp('imported@example.com', {
      UserAttributes: [{ Name: 'custom:legacy_subject', Value: 'old-id' }],
    });
    await pool.confirm('imported@example.com', pool.mailTo('imported@example.com'));
    const tokens = await pool.tokensOf('imported@example.com');
    expect(await attributesOf(pool, tokens.AccessToken)).toMatchObject({ 'custom:legacy_subject': 'old-id' });
    await expect(update(pool, tokens.AccessToken, ['custom:legacy_subject', 'other'])).rejects.toEqual(
      error('InvalidParameterException', 'Attribute cannot be updated.'),
    );
    await expect(
      pool.client.send(
        new AdminUpdateUserAttributesCommand({
          UserPoolId: pool.UserPoolId,
          Username: 'imported@example.com',
          UserAttributes: [{ Name: 'custom:legacy_subject', Value: 'other' }],
        }),
      ),
    ).rejects.toEqual(error('InvalidParameterException', 'Attribute cannot be updated.'));
  });

  test('lets attributes be removed, but no required one', async () => {
    const remove = (...UserAttributeNames: string[]) =>
      pool.client.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames }));
    await update(pool, AccessToken, ['custom:code', 'abc'], ['name', 'Ann']);
    await remove('custom:code', 'name');
    const left = await attributesOf(pool, AccessToken);
    expect(Object.keys(left).sort()).toEqual(['email', 'email_verified', 'sub']);
    await expect(remove('email')).rejects.toEqual(error('InvalidParameterException', 'is required'));
    await expect(remove('email_verified')).rejects.toEqual(error('NotAuthorizedException'));
  });
});

test('a client reads and writes the attributes it declares alone', async () => {
  const { id } = await pool.aws.cognito.createClient({
    key: 'auth/Narrow',
    poolId: pool.UserPoolId,
    properties: { ReadAttributes: ['email', 'name'], WriteAttributes: ['name'] },
  });
  const email = await pool.user('narrow@example.com');
  const { AccessToken } = await pool.aws.cognito.signIn({ clientId: id, email });
  await update(pool, AccessToken, ['name', 'Ann']);
  await expect(update(pool, AccessToken, ['custom:code', 'abc'])).rejects.toEqual(
    error('NotAuthorizedException', 'unauthorized attribute'),
  );
  expect(await attributesOf(pool, AccessToken)).toEqual({ email, name: 'Ann', sub: expect.any(String) });
});
