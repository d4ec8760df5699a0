import * as z from 'zod';
import type { Contract } from '../shared/contract';

/** Cognito takes no longer user name. */
const maxEmailLength = 128;

export const requestLinkBody = z
  .strictObject({
    email: z
      .email()
      .max(maxEmailLength)
      .meta({ description: 'Where the link is sent to, if a user has it.', examples: ['user@example.com'] }),
    redirectUri: z
      .url()
      .max(2048)
      .meta({
        description:
          'Page of the application that takes the link; one of those configured, character by character.',
        examples: ['https://app.example.com/sign-in'],
      }),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'expected a language tag such as de-AT')
      .max(35)
      .optional()
      .meta({ description: 'Language of the mail. Without one, the user\u2019s.', examples: ['de-AT'] }),
  })
  .meta({ title: 'RequestMagicLink' });

export const acceptedSchema = z.strictObject({}).meta({ title: 'MagicLinkRequested', examples: [{}] });

export const verifyLinkBody = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(2048)
      .meta({
        description: 'What follows `#token=` in the address that the link opened.',
        examples: ['v1.eyJwIjoi...'],
      }),
  })
  .meta({ title: 'VerifyMagicLink' });

export const tokensSchema = z
  .strictObject({
    accessToken: z.string().meta({ description: 'For the user pool itself.', examples: ['eyJraWQiOi...'] }),
    idToken: z.string().meta({ description: 'For this API, as bearer token.', examples: ['eyJraWQiOi...'] }),
    refreshToken: z
      .string()
      .meta({ description: 'For new tokens from the user pool.', examples: ['eyJjdHki...'] }),
    expiresIn: z
      .int()
      .min(1)
      .meta({ description: 'Seconds that access and ID token live.', examples: [3600] }),
    tokenType: z.literal('Bearer'),
  })
  .meta({ title: 'Tokens' });

export const contract: Contract = {
  domain: 'magic-link',
  description: 'Sign-in by a link that is mailed: ask for one, exchange it for tokens.',
  impact:
    'Users cannot sign in by magic link; whoever is signed in, and every other way to sign in, is not affected.',
  memoryMiB: 512,
  timeoutSeconds: 20,
  routes: [
    {
      id: 'requestMagicLink',
      method: 'POST',
      path: '/auth/magic-link',
      authorization: 'public',
      publicReason: 'Who signs in has no token yet; the answer says nothing about any user.',
      publicSince: '2026-11-26',
      summary: 'Ask for a link to sign in with',
      description:
        'Always answers 202 after the same time, whether or not there is such a user. A user gets at most one mail a ' +
        'minute; its link works once, for some minutes, until a newer one replaces it, and opens `redirectUri` with ' +
        '`#token=...`. 400 for a `redirectUri` that is not configured; 429 for an address that asks too often.',
      body: requestLinkBody,
      response: {
        status: 202,
        description: 'If there is such a user, the link is on its way.',
        schema: acceptedSchema,
      },
      uses: [{ table: 'magic-links', can: ['update'] }],
    },
    {
      id: 'verifyMagicLink',
      method: 'POST',
      path: '/auth/magic-link/verify',
      authorization: 'public',
      publicReason: 'Who signs in has no token yet; the link is the proof, and it works once.',
      publicSince: '2026-11-26',
      summary: 'Exchange a link for tokens',
      description:
        'One answer for every link that does not work: used, replaced, expired, changed, or of another pool.',
      body: verifyLinkBody,
      response: { status: 200, description: 'The user is signed in.', schema: tokensSchema },
      errors: ['unauthorized'],
      uses: [],
    },
  ],
};
