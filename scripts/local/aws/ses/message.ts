/** What SendEmail takes, and the mail that follows from it. */
import * as z from 'zod';
import type { OutgoingMail } from '../../mailbox';
import { AwsError } from '../errors';
import { type MailboxAddress, parseMailbox } from './mailbox-address';

/** SES counts To, Cc and Bcc together. */
const MAX_RECIPIENTS = 50;

const text = z.strictObject({ Data: z.string(), Charset: z.string().optional() });
const addresses = z.array(z.string()).optional();
const name = z.string().regex(/^[A-Za-z0-9_-]{1,256}$/);

export const sendEmailInput = z.object({
  FromEmailAddress: z.string().min(1),
  Destination: z.strictObject({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }),
  ReplyToAddresses: addresses,
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: text,
      Body: z.strictObject({ Text: text.optional(), Html: text.optional() }),
      Headers: z
        .array(
          z.strictObject({
            Name: z.string().regex(/^[!-9;-~]{1,126}$/),
            Value: z.string().regex(/^[ -~]{1,870}$/),
          }),
        )
        .max(15)
        .optional(),
    }),
  }),
  ConfigurationSetName: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  EmailTags: z
    .array(z.strictObject({ Name: name, Value: name }))
    .max(50)
    .optional(),
});

type SendEmail = z.infer<typeof sendEmailInput>;

/** Fields that SES writes itself. */
const ownFields = ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date', 'message-id', 'mime-version'];

const invalid = (message: string) => new AwsError('BadRequestException', message);

/** @throws AwsError BadRequestException as SES answers it */
export function requireMailbox(address: string): MailboxAddress {
  const mailbox = parseMailbox(address);
  if (mailbox) return mailbox;
  throw invalid(address.includes('@') ? `Invalid email address ${address}.` : "Missing final '@domain'");
}

export function recipientsOf({ Destination }: Pick<SendEmail, 'Destination'>): string[] {
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = Destination;
  return [...ToAddresses, ...CcAddresses, ...BccAddresses];
}

/** @throws AwsError BadRequestException for addresses, charsets and header fields that SES refuses */
export function mailOf(input: SendEmail, messageId: string): OutgoingMail {
  const { FromEmailAddress, Destination, ReplyToAddresses = [] } = input;
  const { Subject, Body, Headers = [] } = input.Content.Simple;
  const { CcAddresses = [] } = Destination;
  const to = recipientsOf(input);
  if (to.length === 0) throw invalid('At least one recipient is required.');
  if (to.length > MAX_RECIPIENTS)
    throw invalid(`Recipient count exceeds ${MAX_RECIPIENTS}: ${to.length} recipients were given.`);
  for (const address of [...to, ...ReplyToAddresses]) requireMailbox(address);
  if (!Body.Text && !Body.Html) throw invalid('The body needs a Text part, an Html part, or both.');
  const own = Headers.find(({ Name }) => ownFields.includes(Name.toLowerCase()));
  if (own) throw invalid(`The header ${own.Name} cannot be given in Headers.`);
  const subject = received(Subject);
  if (/[\r\n]/.test(subject)) throw invalid('The subject must not contain line breaks.');
  return {
    from: FromEmailAddress,
    to,
    subject,
    text: Body.Text ? received(Body.Text) : '',
    ...(Body.Html && { html: received(Body.Html) }),
    headers: {
      'Message-ID': `<${messageId}@email.amazonses.com>`,
      ...(CcAddresses.length > 0 && { Cc: CcAddresses.join(', ') }),
      ...(ReplyToAddresses.length > 0 && { 'Reply-To': ReplyToAddresses.join(', ') }),
      ...Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value])),
    },
    source: 'ses',
  };
}

/** What arrives: without a charset SES sends 7-bit ASCII, so that anything else is lost on the way. */
function received({ Data, Charset = 'US-ASCII' }: z.infer<typeof text>): string {
  const charset = Charset.toUpperCase();
  if (charset === 'UTF-8') return Data;
  if (charset === 'US-ASCII') return Data.replace(/[^\0-\x7f]/gu, '?');
  if (charset === 'ISO-8859-1') return Data.replace(/[^\0-\xff]/gu, '?');
  throw invalid(`Unsupported charset ${Charset}; here UTF-8, US-ASCII and ISO-8859-1 are known.`);
}
