import * as z from 'zod';
import type { Contract } from '../shared/contract';

const exampleAccount = {
  id: '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10',
  email: 'user@example.com',
  name: 'Ada Lovelace',
  locale: 'en-GB',
  createdAt: '2026-03-01T09:30:00.000Z',
  identities: [
    {
      issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example1',
      createdAt: '2026-03-01T09:30:00.000Z',
    },
  ],
  groups: ['admin'],
};

const timestampSchema = z.iso.datetime().meta({ examples: [exampleAccount.createdAt] });

const identitySchema = z.strictObject({
  issuer: z
    .string()
    .meta({ description: 'Who says who the user is.', examples: [exampleAccount.identities[0]?.issuer] }),
  createdAt: timestampSchema.meta({ description: 'When the user first came by this issuer.' }),
});

export const accountSchema = z
  .strictObject({
    id: z.uuid().meta({ examples: [exampleAccount.id] }),
    email: z
      .string()
      .optional()
      .meta({ description: 'As the issuer of the last token states it.', examples: [exampleAccount.email] }),
    name: z
      .string()
      .optional()
      .meta({ examples: [exampleAccount.name] }),
    locale: z
      .string()
      .optional()
      .meta({ description: 'Language tag (BCP 47).', examples: [exampleAccount.locale] }),
    createdAt: timestampSchema,
    identities: z
      .array(identitySchema)
      .meta({ description: 'By whom the user can sign in, the oldest first.' }),
    groups: z
      .array(z.string())
      .optional()
      .meta({ description: 'Groups that the token names.', examples: [exampleAccount.groups] }),
  })
  .meta({ title: 'Account', examples: [exampleAccount] });

export const updateAccountBody = z
  .strictObject({
    name: z
      .string()
      .max(1000)
      .nullable()
      .optional()
      .meta({
        description: 'What the user wants to be called, 1 to 200 characters once trimmed; null removes it.',
        examples: [exampleAccount.name],
      }),
    locale: z
      .string()
      .min(2)
      .max(35)
      .nullable()
      .optional()
      .meta({
        description: 'Language tag (BCP 47), kept in its canonical form; null removes it.',
        examples: [exampleAccount.locale],
      }),
  })
  .refine((body) => Object.keys(body).length > 0, 'expected name, locale or both')
  .meta({ title: 'UpdateAccount', minProperties: 1 });

export const deletionSchema = z
  .strictObject({
    deletedAt: timestampSchema.meta({ description: 'From then on every request of the user answers 401.' }),
  })
  .meta({ title: 'AccountDeletion' });

export const exportSchema = z
  .strictObject({
    status: z.enum(['preparing', 'ready']).meta({ examples: ['ready'] }),
    url: z
      .url()
      .optional()
      .meta({
        description: 'Signed address of the ZIP, once it is ready; answers as an attachment.',
        examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/exports/...'],
      }),
    expiresAt: timestampSchema
      .optional()
      .meta({ description: 'The address is refused from then on, after 900 s.' }),
    size: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'Bytes of the ZIP.', examples: [1_048_576] }),
  })
  .meta({ title: 'AccountExport' });

export const contract: Contract = {
  domain: 'account',
  description: 'The account of a user: profile, export of all data, sign-out everywhere, deletion.',
  impact:
    'Users can neither see nor change their account, take their data out, sign out everywhere, or leave.',
  memoryMiB: 512,
  timeoutSeconds: 20,
  routes: [
    {
      id: 'getAccount',
      method: 'GET',
      path: '/me',
      authorization: 'user',
      summary: 'Get the account of the caller',
      response: { status: 200, description: 'The account.', schema: accountSchema },
      uses: [{ database: 'app' }],
    },
    {
      id: 'updateAccount',
      method: 'PATCH',
      path: '/me',
      authorization: 'user',
      summary: 'Change name or locale',
      body: updateAccountBody,
      response: { status: 200, description: 'The account after the change.', schema: accountSchema },
      uses: [{ database: 'app' }],
    },
    {
      id: 'deleteAccount',
      method: 'DELETE',
      path: '/me',
      authorization: 'user',
      summary: 'Delete the account with everything in it',
      description:
        'The account is gone for every later call at once: a repeated call answers 401, which tells that the ' +
        'first one worked. Files and the sign-in go within the hour, the last rows after 25 hours. It cannot be ' +
        'undone.',
      response: {
        status: 202,
        description: 'Deleted; what is left is being removed.',
        schema: deletionSchema,
      },
      uses: [{ database: 'app' }],
    },
    {
      id: 'exportAccount',
      method: 'GET',
      path: '/me/export',
      authorization: 'user',
      summary: 'Get all data of the account as a ZIP',
      description:
        'The first call starts the export and answers `preparing`; ask again every few seconds until it is ' +
        '`ready`. A ZIP is offered for 15 minutes; a later call makes a new one.',
      response: { status: 200, description: 'How far the export is.', schema: exportSchema },
      uses: [
        { database: 'app' },
        { bucket: 'documents', can: ['read'], under: 'exports/*' },
        { function: 'account-export' },
      ],
    },
    {
      id: 'signOutEverywhere',
      method: 'POST',
      path: '/auth/sign-out',
      authorization: 'user',
      summary: 'Sign out everywhere',
      description:
        'Tokens of every sign-in up to now, that of this call included, are refused at once, and so are those ' +
        'that refreshing gives. 503: this API refuses them already, but the user pool could not be told; sign in ' +
        'and call again.',
      response: { status: 204, description: 'Signed out.' },
      idempotent: true,
      uses: [{ database: 'app' }, { userPool: ['sign-out'] }],
    },
  ],
};
