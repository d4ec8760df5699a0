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

it('names the user of the pool where the subject does not', () => {
  const federated = { ...claims, 'cognito:username': 'google_1234' };
  expect(identityOf({ claims: federated })).toEqual({ ...identity, username: 'google_1234' });
  expect(identityOf({ claims: { ...claims, 'cognito:username': claims.sub } })).toEqual(identity);
});
