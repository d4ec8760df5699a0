import { fn, rulesAgainst } from '../../../support/policy-templates';

describe('secrets in plain sight', () => {
  test.each([
    ['a value of a secret', { DATABASE: '{{resolve:secretsmanager:x}}' }],
    [
      'a value of a secure parameter',
      { DATABASE: { 'Fn::Join': ['', ['{{resolve:ssm-secure:x:', '1', '}}']] } },
    ],
    ['a password', { DB_PASSWORD: 'swordfish' }],
    ['a key in camel case', { stripeApiKey: 'swordfish' }],
    ['a key of Stripe', { NOTE: `sk_${'live'}_abcdefghijklmnopqrstuvwx` }],
    ['a token of GitHub', { NOTE: `ghp_${'a1B2'.repeat(9)}` }],
    [
      'a token',
      { NOTE: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P' },
    ],
    ['random hexadecimal digits', { SALT: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c' }],
    ['random base64', { PEPPER: 'q83vEjRWeJq83vEjRWeJ1mXz9LkP0aTs/+8=' }],
  ])('%s is refused', (_, variables) => {
    expect(rulesAgainst(fn(variables)[0])).toEqual(['plain-secret']);
  });

  test.each([
    [
      'the ARN of a secret',
      {
        DATABASE_SECRET: 'arn:aws:secretsmanager:us-east-1:1:secret:x',
        DATABASE_SECRET_ARN: { Ref: 'Secret' },
      },
    ],
    ['a reference', { MAGIC_LINK_KEY: { 'Fn::GetAtt': ['Key', 'Arn'] } }],
    ['an empty value', { API_KEY: '' }],
    [
      'an address',
      {
        ISSUER: 'https://project.supabase.co/auth/v1/.well-known/jwks.json',
        TOKEN: 'https://id.example.com/token',
      },
    ],
    [
      'a list of words',
      { FORMATS: 'pdf,docx,doc,pptx,txt,md', CACHE_USER: 'landfall-identityfull2-cache-application' },
    ],
  ])('%s is fine', (_, variables) => {
    expect(rulesAgainst(fn(variables)[0])).toEqual([]);
  });
});
