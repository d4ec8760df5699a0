import { checkDomain } from '../../../lambdas/pre-sign-up/check-domain';

const allowed = ['example.com', 'Example.org'];

test.each(['user@example.com', 'USER@EXAMPLE.COM', 'user@example.org', '"a@evil.example"@example.com'])(
  '%s may sign up',
  (email) => {
    expect(() => checkDomain(email, allowed)).not.toThrow();
  },
);

test.each([
  'user@evil.example',
  'user@sub.example.com',
  'user@notexample.com',
  'user@example.com.evil.example',
  'user@example.com@evil.example',
  'user@example.com ',
  'user@example.com.',
  '@example.com',
  'example.com',
  'user@',
  '',
  undefined,
])('%j may not, and is told which addresses may, in a sentence that Cognito ends', (email) => {
  expect(() => checkDomain(email, allowed)).toThrow(
    /^Please use an e-mail address that ends in @example\.com or @Example\.org$/,
  );
});

test('without a list everybody may, also somebody from another identity provider who has no address', () => {
  for (const email of ['user@evil.example', '', undefined]) {
    expect(() => checkDomain(email, [])).not.toThrow();
  }
});
