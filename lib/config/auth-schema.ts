/** The part of an environment that says how people sign in; see `schema.ts` for what the annotations mean. */
import * as z from 'zod';
import { days, globalCertificateArn, hostName, httpsUrl, secretName, text, webUrl } from './fields';

// No character of it needs quotes in a mail header.
const mailbox = text(
  /^(?:[A-Za-z0-9][A-Za-z0-9 '&_-]{0,63} <[\w.+-]{1,64}@(?:[a-z0-9-]+\.)+[a-z]{2,}>|[\w.+-]{1,64}@(?:[a-z0-9-]+\.)+[a-z]{2,})$/,
  'an address such as no-reply@example.com or Landfall <no-reply@example.com>',
);
// Cognito keeps names that begin or end with `_` for itself, and wants at least three characters.
const providerName = text(
  /^[a-zA-Z0-9-][a-zA-Z0-9_-]{1,30}[a-zA-Z0-9-]$/,
  '3 to 32 letters, digits, `_` and `-`, no `_` at either end',
).describe('Name of the provider in Cognito, part of the user names of those who sign in by it.');
const clientId = z.string().min(1).describe('Client id that the provider gave to the user pool.');
const providerSecret = secretName.describe(
  'Secrets Manager secret with `{"clientSecret": "..."}`, in the account and region of the environment.',
);

const domain = z
  .union([
    z.strictObject({
      prefix: text(
        /^(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        '1 to 63 lower-case letters, digits and hyphens, without the words aws, amazon or cognito',
      ).describe('First part of an amazoncognito.com address, unique in the region across all accounts.'),
    }),
    z.strictObject({
      name: hostName.describe(
        'Host name of our own. Its parent domain must have an address record, and it must point to the output UserPoolDomainTarget.',
      ),
      certificateArn: globalCertificateArn.describe(
        'Certificate for the host name; CloudFront, which serves it, takes only those of us-east-1.',
      ),
    }),
  ])
  .optional()
  .describe('Address of the hosted sign-in pages and of OAuth. Without it there are none.');

const email = z
  .discriminatedUnion('provider', [
    z.strictObject({ provider: z.literal('cognito') }),
    z.strictObject({
      provider: z
        .literal('ses')
        .describe(
          'Who sends the codes of the user pool. `cognito` needs no preparation and sends 50 mails a day; `ses` is Amazon SES in this account.',
        ),
      from: mailbox.describe('Sender. Its domain must be a verified identity of SES.'),
      replyTo: mailbox.optional().describe('Where answers go. Default: to the sender.'),
      configurationSet: text(
        /^[A-Za-z0-9_-]{1,64}$/,
        'the name of a configuration set: letters, digits, `_` and `-`',
      )
        .optional()
        .describe('SES configuration set that records what becomes of the mails.'),
      region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as us-east-1')
        .optional()
        .describe('Region whose SES sends. Default: the region of the environment.'),
    }),
  ])
  .describe('Mails of the user pool: confirmation, recovery and sign-in codes.');

const magicLink = z
  .strictObject({
    from: mailbox.describe(
      'Sender of the links. Its address or domain must be a verified identity of SES in the region of the environment.',
    ),
    application: text(
      /^[^\p{C}<>]{1,64}$/u,
      '1 to 64 characters without line breaks and angle brackets',
    ).describe('Name of the application, as the mail calls it.'),
    redirectUris: z
      .array(webUrl)
      .min(1)
      .describe('Exact URLs a link may lead to; the token follows in the fragment.'),
    minutes: z.int().min(1).max(10).describe('Minutes a link is valid.'),
    requestsPerHour: z
      .int()
      .min(1)
      .max(1000)
      .describe('Links that one network address may ask for in an hour.'),
  })
  .optional()
  .describe('Sign-in by a link in a mail. Without it there is none, and no function, table or key for it.');

const tokens = z
  .strictObject({
    accessMinutes: z.int().min(5).max(1440).describe('Minutes an access token is valid.'),
    idMinutes: z
      .int()
      .min(5)
      .max(1440)
      .describe('Minutes an ID token is valid, which the API is called with.'),
    refreshDays: days(1, 3650).describe('Days until a person who stays away has to sign in again.'),
    rotateRefresh: z
      .boolean()
      .describe(
        'Each use of a refresh token gives a new one and ends the old. Clients renew by GetTokensFromRefreshToken then, which aws-amplify does and amazon-cognito-identity-js cannot.',
      ),
  })
  .describe('Lifetimes of tokens, and their renewal.');

const identityProviders = z
  .array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z
          .literal('google')
          .describe('`google`, any OpenID Connect issuer, or a SAML identity provider.'),
        clientId,
        secretName: providerSecret,
      }),
      z.strictObject({
        kind: z.literal('oidc'),
        name: providerName,
        issuer: httpsUrl.describe('Issuer, whose OpenID configuration Cognito reads.'),
        clientId,
        secretName: providerSecret,
      }),
      z.strictObject({
        kind: z.literal('saml'),
        name: providerName,
        metadataUrl: httpsUrl.describe('Where the provider publishes its metadata.'),
      }),
    ]),
  )
  .describe('Other services by whose accounts people sign in. They need `auth.domain`.');

const userMigration = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .describe('Issuer of the tokens that the users have had so far, as in their `iss` claim.'),
    until: z.iso
      .date()
      .meta({ expected: 'a date such as 2027-06-30' })
      .describe('Last day (UTC) on which users are taken over.'),
    supabase: z
      .strictObject({
        url: httpsUrl.describe('Address of the Supabase project, whose token endpoint checks passwords.'),
        secretName: secretName.describe('Secrets Manager secret with `{"serviceRoleKey": "..."}`.'),
      })
      .optional()
      .describe('Check passwords at Supabase.'),
    importedHashes: z
      .boolean()
      .optional()
      .describe('Check passwords against the bcrypt hashes in `landfall.legacy_users`. Default: false.'),
  })
  .optional()
  .describe(
    'Take users over when they first sign in with the password they have had so far. The web client may send passwords while it is set, because only that flow asks for it.',
  );

export const authSchema = z
  .strictObject({
    callbackUrls: z.array(webUrl).min(1).describe('Exact URLs a sign-in may return to.'),
    logoutUrls: z.array(webUrl).min(1).describe('Exact URLs a sign-out may return to.'),
    domain,
    featurePlan: z
      .enum(['LITE', 'ESSENTIALS', 'PLUS'])
      .describe(
        'Cognito feature plan. LITE renews no refresh tokens; PLUS is the only one with threat protection, and has it on.',
      ),
    mfa: z
      .enum(['off', 'optional', 'required'])
      .describe('Second factor at sign-in, by an authenticator app.'),
    deletionProtection: z.boolean().describe('Cognito refuses to delete the user pool.'),
    passwordSignIn: z
      .boolean()
      .optional()
      .describe(
        'Let the web client send the password itself (USER_PASSWORD_AUTH), for tools that cannot do SRP. Default: false.',
      ),
    signIn: z
      .array(z.enum(['password', 'email-otp', 'passkey']))
      .min(1)
      .describe('First factors. `password` is always among them: Cognito has no pool without.'),
    passkeyDomain: text(
      /^(?=.{1,63}$)(?:localhost|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})$/,
      'a host name such as app.example.com, or localhost',
    )
      .optional()
      .describe(
        'Domain that passkeys belong to, the host of the application or a parent of it. Default: the name in `auth.domain`.',
      ),
    magicLink,
    email,
    tokens,
    allowedEmailDomains: z
      .array(hostName)
      .describe('Domains whose addresses may sign up, by whatever way. None means all.'),
    groups: z
      .array(text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'a name of letters, digits, `_`, `.` and `-`'))
      .describe('Groups of the user pool; tokens carry those of their user as `cognito:groups`.'),
    identityProviders,
    waf: z
      .boolean()
      .describe('Web ACL in front of the user pool, with AWS managed rules and a limit per address.'),
    userMigration,
    oidc: z
      .strictObject({
        issuer: httpsUrl.describe('Issuer whose tokens are accepted, as in their `iss` claim.'),
        audience: z.string().min(1).describe('The audience a token must carry.'),
        audienceClaim: z
          .enum(['aud', 'azp'])
          .optional()
          .describe("Claim that names the audience; Clerk's session tokens have it in `azp`. Default: aud."),
        algorithms: z
          .array(z.enum(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
          .min(1)
          .optional()
          .describe('Signature algorithms that are accepted. Default: RS256 and ES256.'),
        clockSkewSeconds: z
          .int()
          .min(0)
          .max(300)
          .optional()
          .describe('Seconds that the clocks of the issuer and of AWS may differ. Default: 0.'),
        jwksUri: httpsUrl
          .optional()
          .describe("Address of the issuer's keys. Default: what its discovery document says."),
        sharedSecret: z
          .strictObject({
            secretName: z
              .string()
              .min(1)
              .describe('Name of the Secrets Manager secret that holds `{"secret": "..."}`.'),
            reason: z
              .string()
              .min(20)
              .meta({ expected: 'a sentence that says why, of at least 20 characters' })
              .describe('Why tokens that a shared secret signs have to be accepted, and until when.'),
          })
          .optional()
          .describe(
            'Accept HS256 tokens too, as old Supabase projects sign them. Everybody who can verify such a token can also make one: an asymmetric key is better.',
          ),
      })
      .optional()
      .describe('External identity provider. Read only when the blueprint says `identity: oidc`.'),
  })
  .describe('Sign-in.');
