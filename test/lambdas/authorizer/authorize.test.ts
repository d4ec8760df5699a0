import { authorize, type Verify } from '../../../lambdas/authorizer/authorize';

const methodArn = 'arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/documents/some/id';
const payload = { iss: 'https://issuer.example', sub: 'someone', email: 'user@example.com' };
const accept = (async () => payload) as unknown as Verify;
const token = 'aaa.bbb.ccc';

it('allows the whole stage, because the answer is remembered for other routes', async () => {
  expect(await authorize(accept, { authorizationToken: `Bearer ${token}`, methodArn })).toEqual({
    principalId: 'someone',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: 'arn:aws:execute-api:us-east-1:123456789012:abc123/prod/*',
        },
      ],
    },
    context: { ...payload, claims: '{}' },
  });
});

it.each([
  undefined,
  '',
  token,
  'Basic dXNlcjpwYXNz',
  'Bearer ',
  'Bearer a.b',
  `Bearer ${token} x`,
  `Bearer ${token}, Bearer ${token}`,
])('refuses anything but one bearer token without verifying it: %j', async (authorizationToken) => {
  const verify = jest.fn(accept);
  await expect(authorize(verify, { authorizationToken, methodArn })).rejects.toThrow(/^Unauthorized$/);
  expect(verify).not.toHaveBeenCalled();
});

it.each([
  { ...payload, sub: undefined },
  { ...payload, iss: '' },
])('refuses a token without subject or issuer', async (incomplete) => {
  const verify = (async () => incomplete) as unknown as Verify;
  await expect(authorize(verify, { authorizationToken: `Bearer ${token}`, methodArn })).rejects.toThrow(
    'Unauthorized',
  );
});

it('passes on what only the issuer can write, and nothing that users write themselves', async () => {
  const app_metadata = { role: 'admin' };
  const verify = (async () => ({
    ...payload,
    iat: 1,
    auth_time: 2,
    email_verified: false,
    app_metadata,
    groups: ['a'],
    user_metadata: { role: 'admin' },
  })) as unknown as Verify;
  const { context } = await authorize(verify, { authorizationToken: `Bearer ${token}`, methodArn });
  expect(JSON.parse(String(context?.claims))).toEqual({
    auth_time: 2,
    email_verified: false,
    app_metadata,
    groups: ['a'],
  });
});

it('refuses more claims than a function takes instead of leaving some out', async () => {
  const verify = (async () => ({
    ...payload,
    app_metadata: { denied: 'x'.repeat(2048) },
  })) as unknown as Verify;
  await expect(authorize(verify, { authorizationToken: `Bearer ${token}`, methodArn })).rejects.toThrow(
    'bytes of claims',
  );
});
