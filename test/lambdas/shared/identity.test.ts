import { identityOf } from '../../../lambdas/shared/identity';

const claims = {
  iss: 'https://cognito-idp.us-east-1.amazonaws.com/pool',
  sub: 'abc',
  email: 'user@example.com',
};
const identity = { issuer: claims.iss, subject: 'abc', email: 'user@example.com' };

it('is read from the claims of a Cognito authorizer', () => {
  expect(identityOf({ claims })).toEqual(identity);
});

it('is read from the context of a token authorizer', () => {
  expect(identityOf({ ...claims, principalId: 'abc', integrationLatency: 3 })).toEqual(identity);
});

it.each([
  [{}],
  [{ email: 'user@example.com' }],
  [{ email: '' }],
  [{ email: `${'x'.repeat(320)}@example.com` }],
  [{ email: true }],
])('does without an address the database would refuse: %j', (given) => {
  const { email } = identityOf({ iss: 'i', sub: 's', ...given });
  expect([undefined, 'user@example.com']).toContain(email);
});

it.each([
  [null],
  [undefined],
  [{}],
  [{ claims: {} }],
  [{ claims: { sub: 'abc' } }],
  [{ iss: '', sub: 'abc' }],
  [{ iss: 'i', sub: 7 }],
])('is missing without issuer and subject: %j', (authorizer) => {
  expect(() => identityOf(authorizer)).toThrow(
    expect.objectContaining({ code: 'unauthorized', status: 401 }),
  );
});

describe('claims', () => {
  const claimsOf = (given: Record<string, unknown>) => identityOf({ claims: { ...claims, ...given } }).claims;

  it('are absent when the token says nothing that policies may ask', () => {
    expect(identityOf({ claims: { ...claims, aud: 'client', 'custom:role': 'admin' } })).toEqual(identity);
  });

  it('hold the time of the sign-in, which a refreshed token keeps', () => {
    expect(claimsOf({ auth_time: '1700000000', iat: 'Fri Nov 20 14:11:56 UTC 2026' })).toEqual({
      auth_time: 1_700_000_000,
    });
  });

  it.each([
    ['Fri Nov 20 14:11:56 UTC 2026', 1_795_183_916],
    ['1795183916', 1_795_183_916],
    [1_795_183_916.7, 1_795_183_916],
  ])('hold the time of issue where there is no other: %j', (iat, expected) => {
    expect(claimsOf({ iat })).toEqual({ iat: expected });
  });

  it.each([['soon'], [''], [-1], [Number.NaN], [1e18], [null], [{}]])(
    'do without a time that is none: %j',
    (auth_time) => {
      expect(claimsOf({ auth_time })).toBeUndefined();
    },
  );

  it.each([['admin'], ['[admin]'], ['["admin"]'], [['admin', 7]]])(
    'hold a group however a gateway writes it: %j',
    (groups) => {
      expect(claimsOf({ 'cognito:groups': groups })).toEqual({ groups: ['admin'] });
    },
  );

  it.each([['admin,editors'], ['[admin editors]'], ['[admin, editors]'], ['["admin","editors"]']])(
    'hold all groups: %j',
    (groups) => {
      expect(claimsOf({ 'cognito:groups': groups })).toEqual({ groups: ['admin', 'editors'] });
    },
  );

  it.each([[''], ['[]'], [[]], [true]])('do without groups that are none: %j', (groups) => {
    expect(claimsOf({ 'cognito:groups': groups })).toBeUndefined();
  });

  it.each([[false], ['false']])('say that an address is not confirmed: %j', (email_verified) => {
    expect(claimsOf({ email_verified })).toEqual({ email_verified: false });
    expect(claimsOf({ email_verified: 'true' })).toBeUndefined();
  });

  it('come as JSON text from a token authorizer', () => {
    const more = { auth_time: 1_700_000_000, groups: ['admin'], app_metadata: { role: 'editor' } };
    expect(identityOf({ ...claims, principalId: 'abc', claims: JSON.stringify(more) })).toEqual({
      ...identity,
      claims: more,
    });
  });

  it('as JSON text change nothing about who calls', () => {
    const text = JSON.stringify({ iss: 'forged', sub: 'forged', email: 'boss@example.com' });
    expect(identityOf({ ...claims, claims: text })).toEqual(identity);
  });

  it('of more than 2 KB are refused, because leaving some out could open what a policy closes', () => {
    const groups = Array.from({ length: 300 }, (_, n) => `group-${n}`).join(',');
    expect(() => claimsOf({ 'cognito:groups': groups })).toThrow(
      expect.objectContaining({
        code: 'unauthorized',
        message: expect.stringMatching(/^Expected at most 2048 bytes .* found \d{4}\./),
      }),
    );
  });
});
