import { randomUUID } from 'node:crypto';
import { type ChallengeRequest, create } from '../../../lambdas/auth-challenge-create/create';
import { type LinkRequest, linkRequestSchema } from '../../../lambdas/shared/magic-link';

const redirectUri = 'https://app.example.com/sign-in';
const attributes = { sub: 'sub', email: 'user@example.com', email_verified: 'true', locale: 'fr' };
const known: ChallengeRequest = {
  userPoolId: 'us-east-1_AbCdEfGhI',
  clientId: 'client',
  username: 'sub',
  userNotFound: false,
  attributes,
  metadata: { redirectUri, locale: 'de-AT' },
};
const unknown: ChallengeRequest = { ...known, username: 'x@example.com', userNotFound: true, attributes: {} };

async function challenge(request: ChallengeRequest) {
  const asked: LinkRequest[] = [];
  const send = async (one: LinkRequest) => {
    asked.push(linkRequestSchema.parse(one));
  };
  const made = await create({ send, newId: randomUUID, redirectUris: [redirectUri], minutes: 10 }, request);
  return { asked, ...made };
}

test('the sender is asked for a link to the page that the client names', async () => {
  const { asked, publicChallengeParameters } = await challenge(known);
  expect(asked).toEqual([
    {
      userPoolId: known.userPoolId,
      clientId: 'client',
      username: 'sub',
      email: 'user@example.com',
      verified: true,
      redirectUri,
      locale: 'de-AT',
    },
  ]);
  expect(publicChallengeParameters).toEqual({ type: 'MAGIC_LINK', sent: 'true', minutes: '10' });
});

test('a user who does not exist gets the same challenge, and the sender the same fields', async () => {
  const [one, other] = [await challenge(known), await challenge(unknown)];
  expect(other.publicChallengeParameters).toEqual(one.publicChallengeParameters);
  expect(other.challengeMetadata).toBe(one.challengeMetadata);
  expect(Object.keys(other.asked[0] ?? {})).toEqual(Object.keys(one.asked[0] ?? {}));
  expect(other.asked).toMatchObject([{ email: '', verified: false }]);
});

test('an address that its user never verified is not written to', async () => {
  const unverified = { ...attributes, email_verified: 'false' };
  expect((await challenge({ ...known, attributes: unverified })).asked).toMatchObject([{ verified: false }]);
});

test.each([
  ['nothing, as at the beginning of a sign-in', {}],
  ['another page', { redirectUri: 'https://app.example.com/other' }],
  ['the page with something behind it', { redirectUri: `${redirectUri}/` }],
  ['the page in capitals', { redirectUri: redirectUri.toUpperCase() }],
  ['a page that begins like ours', { redirectUri: `${redirectUri}.evil.example` }],
])('a client that names %s gets a challenge and no mail', async (_, metadata) => {
  const { asked, publicChallengeParameters } = await challenge({ ...known, metadata });
  expect(asked).toEqual([]);
  expect(publicChallengeParameters.sent).toBe('false');
});

test('without a language of the client the user’s is taken', async () => {
  expect((await challenge({ ...known, metadata: { redirectUri } })).asked[0]?.locale).toBe('fr');
});

test('every challenge has an id of its own, which the client does not see', async () => {
  const [one, other] = [await challenge(known), await challenge(known)];
  const { attempt } = one.privateChallengeParameters;
  expect(attempt).not.toBe(other.privateChallengeParameters.attempt);
  expect(JSON.stringify(one.publicChallengeParameters)).not.toContain(attempt);
});

test('a sender that cannot be reached fails the challenge, for whomever it is', async () => {
  const deps = { newId: randomUUID, redirectUris: [redirectUri], minutes: 10 };
  const send = async () => {
    throw new Error('Lambda is not there');
  };
  for (const request of [known, unknown]) {
    await expect(create({ ...deps, send }, request)).rejects.toThrow('Lambda is not there');
  }
});
