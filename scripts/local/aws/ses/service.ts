/** The SES v2 API. Every sender counts as verified here, and nothing leaves the machine. */
import { randomUUID } from 'node:crypto';
import type { OutgoingMail } from '../../mailbox';
import type { Principals } from '../authentication';
import type { Reply } from '../call';
import { AwsError } from '../errors';
import { parseInput, readJson } from '../json-input';
import { RestJsonService, type RestRequest } from '../rest-json-service';
import { parseMailbox } from './mailbox-address';
import { mailOf, recipientsOf, requireMailbox, sendEmailInput } from './message';

export interface SesOptions {
  readonly region: string;
  readonly accountId: string;
  readonly principals: Principals;
  /** Resolves when the mail is kept for good. */
  readonly sendMail: (mail: OutgoingMail) => Promise<void>;
}

const json = (output: object): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(output),
});

/** Largest message that SES v2 takes. */
const MAX_MESSAGE = 40 * 1024 ** 2;

export function sesService(options: SesOptions): RestJsonService {
  const { region, accountId, principals, sendMail } = options;
  const arnOf = (kind: 'identity' | 'configuration-set', name: string) =>
    `arn:aws:ses:${region}:${accountId}:${kind}/${name}`;

  /** When a recipient was sent something, of the last day; milliseconds since 1970. */
  let sent: number[] = [];

  async function sendEmail({ call, body }: RestRequest): Promise<Reply> {
    const input = parseInput(sendEmailInput, readJson(body), {
      name: 'ses SendEmail',
      invalidCode: 'BadRequestException',
    });
    const { address, domain, displayName } = requireMailbox(input.FromEmailAddress);
    const conditions = {
      'ses:ApiVersion': '2',
      'ses:FromAddress': address,
      'ses:Recipients': recipientsOf(input).map((recipient) => parseMailbox(recipient)?.address ?? recipient),
      ...(displayName !== undefined && { 'ses:FromDisplayName': displayName }),
    };
    call.resource = arnOf('identity', domain);
    await call.authorize('ses:SendEmail', call.resource, conditions);
    if (input.ConfigurationSetName !== undefined)
      await call.authorize(
        'ses:SendEmail',
        arnOf('configuration-set', input.ConfigurationSetName),
        conditions,
      );
    // Nobody can prove to own a name without a dot, so on AWS such a sender is never verified.
    if (!domain.includes('.'))
      throw new AwsError(
        'MessageRejected',
        `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${address}`,
      );
    const messageId = `${call.now.toString(16).padStart(16, '0')}-${randomUUID()}-000000`;
    const mail = mailOf(input, messageId);
    await sendMail(mail);
    sent.push(...mail.to.map(() => call.now));
    return json({ MessageId: messageId });
  }

  async function getEmailIdentity({ call, path: { identity = '' } }: RestRequest): Promise<Reply> {
    call.resource = arnOf('identity', identity);
    await call.authorize('ses:GetEmailIdentity', call.resource, { 'ses:ApiVersion': '2' });
    const isAddress = identity.includes('@');
    requireMailbox(isAddress ? identity : `postmaster@${identity}`);
    return json({
      IdentityType: isAddress ? 'EMAIL_ADDRESS' : 'DOMAIN',
      VerifiedForSendingStatus: true,
      VerificationStatus: 'SUCCESS',
      FeedbackForwardingStatus: true,
      DkimAttributes: { SigningEnabled: !isAddress, Status: isAddress ? 'NOT_STARTED' : 'SUCCESS' },
      MailFromAttributes: { BehaviorOnMxFailure: 'USE_DEFAULT_VALUE' },
    });
  }

  async function getAccount({ call }: RestRequest): Promise<Reply> {
    call.resource = '*';
    await call.authorize('ses:GetAccount', call.resource, { 'ses:ApiVersion': '2' });
    sent = sent.filter((time) => time > call.now - 86_400_000);
    return json({
      DedicatedIpAutoWarmupEnabled: false,
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      // An account out of the sandbox starts with these; none of them is enforced here.
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: sent.length },
    });
  }

  return new RestJsonService({
    name: 'ses',
    tooLargeCode: 'BadRequestException',
    principals,
    region,
    routes: [
      {
        operation: 'SendEmail',
        method: 'POST',
        path: '/v2/email/outbound-emails',
        limit: MAX_MESSAGE,
        run: sendEmail,
      },
      {
        operation: 'GetEmailIdentity',
        method: 'GET',
        path: '/v2/email/identities/{identity}',
        run: getEmailIdentity,
      },
      { operation: 'GetAccount', method: 'GET', path: '/v2/email/account', run: getAccount },
    ],
  });
}
