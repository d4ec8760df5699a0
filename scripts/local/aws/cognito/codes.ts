/** Codes that prove an address is read: made, mailed in Cognito's or the CustomMessage trigger's words, checked. */
import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../errors';
import { sameText } from '../sigv4';
import type { CodeKind, Mail, User } from './records';
import { clientMetadata, eventAttributes, type Metadata, runTrigger } from './triggers';
import { digest, type UserPool } from './user-pool';

const ATTEMPTS = 5;
const LIFETIME_S: Readonly<Record<CodeKind, number>> = {
  confirmation: 24 * 3600,
  reset: 3600,
  attribute: 24 * 3600,
};

/** Who a mail comes from, for the CustomMessage trigger. */
export interface Occasion {
  /** `CustomMessage_SignUp` */
  readonly source: string;
  readonly clientId: string | undefined;
  readonly metadata: Metadata;
}

export const randomCode = (digits: number): string => String(randomInt(10 ** digits)).padStart(digits, '0');

/** `u***@e***` */
const masked = (email: string): string => email.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');

export const deliveryTo = (email: string) => ({
  Destination: masked(email),
  DeliveryMedium: 'EMAIL',
  AttributeName: 'email',
});

export const delivery = (email: string) => ({ CodeDeliveryDetails: deliveryTo(email) });

const customMessage = z.object({
  emailMessage: z.string().nullish(),
  emailSubject: z.string().nullish(),
});
const CODE = '{####}';
const USERNAME = '{username}';

/** Delivers one mail to the user, worded by the pool's CustomMessage function where it has one. */
export async function sendMail(
  pool: UserPool,
  user: User,
  { kind, code, to }: { kind: Mail['kind']; code: string; to?: string | undefined },
  { source, clientId, metadata }: Occasion,
): Promise<void> {
  const answer = await runTrigger(pool, {
    trigger: 'CustomMessage',
    source,
    clientId,
    userName: user.username,
    request: {
      userAttributes: eventAttributes(user),
      codeParameter: CODE,
      linkParameter: '{##Click Here##}',
      usernameParameter: kind === 'invitation' ? USERNAME : null,
      ...clientMetadata(metadata),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
    answer: customMessage,
  });
  const filled = (text: string) => text.replaceAll(CODE, code).replaceAll(USERNAME, user.username);
  const custom = {
    ...(answer?.emailSubject && { subject: filled(answer.emailSubject) }),
    ...(answer?.emailMessage && { message: filled(answer.emailMessage) }),
  };
  pool.context.deliverMail({
    poolId: pool.id,
    to: to ?? user.attributes.email ?? user.username,
    kind,
    code,
    ...(Object.keys(custom).length > 0 && { custom }),
  });
}

/** Sends a fresh code, which replaces an earlier one of its kind. */
export async function sendCode(
  pool: UserPool,
  user: User,
  kind: CodeKind,
  occasion: Occasion,
  to?: string,
): Promise<void> {
  const code = randomCode(6);
  const fresh = {
    hash: digest(`${user.sub}:${kind}:${code}`),
    expires: pool.now() + LIFETIME_S[kind] * 1000,
    attemptsLeft: ATTEMPTS,
  };
  const changed = await pool.change(user, ({ codes }) => ({ codes: { ...codes, [kind]: fresh } }));
  await sendMail(pool, changed, { kind, code, to }, occasion);
}

/** @throws AwsError unless `code` is the outstanding one of its kind; it serves once */
export async function checkCode(pool: UserPool, user: User, kind: CodeKind, code: string): Promise<void> {
  const expected = pool.users.get(user.username)?.codes[kind];
  if (!expected || expected.expires < pool.now())
    throw new AwsError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
  if (expected.attemptsLeft <= 0)
    throw new AwsError('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
  const matches = sameText(digest(`${user.sub}:${kind}:${code}`), expected.hash);
  const left = matches ? undefined : { ...expected, attemptsLeft: expected.attemptsLeft - 1 };
  // Nothing is awaited between reading the code and using it up: two calls cannot both have it.
  await pool.change(user, ({ codes }) => ({ codes: { ...codes, [kind]: left } }));
  if (!matches)
    throw new AwsError('CodeMismatchException', 'Invalid verification code provided, please try again.');
}
