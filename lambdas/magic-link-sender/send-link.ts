import type { Clock } from '../shared/clock';
import { issueToken, type LinkRequest, linkOf, type Sign, tokenHash } from '../shared/magic-link';
import type { MagicLinkTable } from '../shared/magic-link-table';
import { type Mail, renderMail } from './mail';

export interface SendDependencies {
  readonly table: Pick<MagicLinkTable, 'replaceLink'>;
  readonly sign: Sign;
  /** Hands a mail over to be delivered. */
  readonly deliver: (to: string, mail: Mail) => Promise<void>;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly application: string;
  /** How long a link works. */
  readonly minutes: number;
}

/**
 * Makes the one outstanding link of a user and mails it; does nothing for somebody who does not exist, and
 * nothing when a link was sent less than a minute ago.
 *
 * The link counts before it is mailed. When the mail fails, Lambda repeats the event under the same request id, and
 * a new link takes the place of the one that nobody got.
 */
export async function sendLink(
  { table, sign, deliver, clock, randomBytes, application, minutes }: SendDependencies,
  { userPoolId, clientId, username, email, verified, redirectUri, locale }: LinkRequest,
  requestId: string,
): Promise<'sent' | 'unknown' | 'too soon'> {
  if (!verified) return 'unknown';
  const sentAt = clock();
  const expiresAt = Math.floor(sentAt.getTime() / 1000) + minutes * 60;
  const token = await issueToken({ userPoolId, clientId, username, expiresAt }, randomBytes(32), sign);
  const replaced = await table.replaceLink({
    username,
    tokenHash: tokenHash(token),
    tokenExpiresAt: expiresAt,
    sentAt,
    requestId,
  });
  if (!replaced) return 'too soon';
  await deliver(email, renderMail({ application, minutes, link: linkOf(redirectUri, token), locale }));
  return 'sent';
}
