import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import { parseMailbox } from '../../../../scripts/local/aws/ses/mailbox-address';
import { allow, deny } from '../../../support/decisions';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: SESv2Client;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SESv2Client(aws.client);
});
beforeEach(() => {
  aws.sent.length = 0;
  aws.asked.length = 0;
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
const simple = (more = {}) => ({
  Simple: { Subject: utf8('Grüße'), Body: { Text: utf8('text'), Html: utf8('<p>html</p>') }, ...more },
});
const send = (more: Partial<SendEmailCommandInput> = {}) =>
  client.send(
    new SendEmailCommand({
      FromEmailAddress: '"Landfall, Inc." <hello@mail.example.com>',
      Destination: { ToAddresses: ['user@example.com'] },
      Content: simple(),
      ...more,
    }),
  );

test('a mail arrives with all that was sent, and its sender is what is authorized', async () => {
  const { MessageId } = await send({
    Destination: {
      ToAddresses: ['Ann <ann@example.com>'],
      CcAddresses: ['ben@example.com'],
      BccAddresses: ['cy@example.com'],
    },
    ReplyToAddresses: ['help@example.com'],
    ConfigurationSetName: 'transactional',
    EmailTags: [{ Name: 'kind', Value: 'magic-link' }],
    Content: simple({ Headers: [{ Name: 'List-Unsubscribe', Value: '<mailto:off@example.com>' }] }),
  });
  expect(aws.sent).toEqual([
    {
      from: '"Landfall, Inc." <hello@mail.example.com>',
      to: ['Ann <ann@example.com>', 'ben@example.com', 'cy@example.com'],
      subject: 'Grüße',
      text: 'text',
      html: '<p>html</p>',
      headers: {
        'Message-ID': `<${MessageId}@email.amazonses.com>`,
        Cc: 'ben@example.com',
        'Reply-To': 'help@example.com',
        'List-Unsubscribe': '<mailto:off@example.com>',
      },
      source: 'ses',
    },
  ]);
  const conditions = {
    'aws:SourceIp': '127.0.0.1',
    'aws:UserAgent': expect.stringContaining('aws-sdk-js'),
    'ses:ApiVersion': '2',
    'ses:FromAddress': 'hello@mail.example.com',
    'ses:FromDisplayName': 'Landfall, Inc.',
    'ses:Recipients': ['ann@example.com', 'ben@example.com', 'cy@example.com'],
  };
  expect(aws.asked.map(({ action, resource, conditions }) => ({ action, resource, conditions }))).toEqual([
    {
      action: 'ses:SendEmail',
      resource: 'arn:aws:ses:us-east-1:000000000000:identity/mail.example.com',
      conditions,
    },
    {
      action: 'ses:SendEmail',
      resource: 'arn:aws:ses:us-east-1:000000000000:configuration-set/transactional',
      conditions,
    },
  ]);
});

test('what is sent without a charset arrives as the ASCII that SES makes of it', async () => {
  const Body = { Text: { Data: 'Grüße 🙂', Charset: 'ISO-8859-1' } };
  await send({ Content: { Simple: { Subject: { Data: 'Grüße 🙂' }, Body } } });
  expect(aws.sent[0]).toMatchObject({ subject: 'Gr??e ?', text: 'Grüße ?' });
  expect(aws.sent[0]).not.toHaveProperty('html');
});

test.each<[string, Partial<SendEmailCommandInput>, string, string]>([
  [
    'a recipient that is no address',
    { Destination: { ToAddresses: ['a b@example.com'] } },
    'BadRequestException',
    'Invalid email address a b@example.com.',
  ],
  [
    'an empty recipient',
    { Destination: { ToAddresses: [''] } },
    'BadRequestException',
    "Missing final '@domain'",
  ],
  ['no recipient', { Destination: {} }, 'BadRequestException', 'At least one recipient'],
  [
    '51 recipients',
    { Destination: { BccAddresses: Array(51).fill('a@example.com') } },
    'BadRequestException',
    'exceeds 50',
  ],
  [
    'a sender without a domain',
    { FromEmailAddress: 'hello' },
    'BadRequestException',
    "Missing final '@domain'",
  ],
  [
    'a sender nobody can verify',
    { FromEmailAddress: 'root@localhost' },
    'MessageRejected',
    'Email address is not verified. The following identities failed the check in region US-EAST-1: root@localhost',
  ],
  [
    'an unquoted name with a comma',
    { FromEmailAddress: 'Doe, J <j@example.com>' },
    'BadRequestException',
    'Invalid email address',
  ],
  [
    'a reply address that is none',
    { ReplyToAddresses: ['x@'] },
    'BadRequestException',
    'Invalid email address x@.',
  ],
  ['no body', { Content: simple({ Body: {} }) }, 'BadRequestException', 'a Text part, an Html part, or both'],
  [
    'a second subject line',
    { Content: simple({ Subject: utf8('a\r\nBcc: b@example.com') }) },
    'BadRequestException',
    'line breaks',
  ],
  [
    'a header that SES writes',
    { Content: simple({ Headers: [{ Name: 'BCC', Value: 'x' }] }) },
    'BadRequestException',
    'BCC',
  ],
  [
    'a header with a line break',
    { Content: simple({ Headers: [{ Name: 'X', Value: 'a\nb' }] }) },
    'BadRequestException',
    'Content.Simple.Headers.0.Value',
  ],
  [
    'an unknown charset',
    { Content: simple({ Subject: { Data: 'x', Charset: 'EBCDIC' } }) },
    'BadRequestException',
    'Unsupported charset EBCDIC',
  ],
  ['a raw message', { Content: { Raw: { Data: Buffer.from('x') } } }, 'NotImplemented', 'Content.Raw'],
  [
    'an attachment',
    { Content: simple({ Attachments: [{ FileName: 'a', RawContent: Buffer.from('x') }] }) },
    'NotImplemented',
    'Content.Simple.Attachments of ses SendEmail',
  ],
  [
    'a feedback address',
    { FeedbackForwardingEmailAddress: 'x@example.com' },
    'NotImplemented',
    'FeedbackForwardingEmailAddress',
  ],
])('%s is refused by name, and nothing is delivered', async (_name, more, name, message) => {
  await expect(send(more)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  expect(aws.sent).toEqual([]);
});

test('a sender that may not send is refused with 403', async () => {
  aws.decide = async ({ conditions }) =>
    conditions['ses:FromAddress'] === 'hello@mail.example.com' ? deny : allow;
  await expect(send()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    $metadata: { httpStatusCode: 403 },
  });
  await send({ FromEmailAddress: 'other@mail.example.com' });
  aws.decide = async () => allow;
  expect(aws.sent).toHaveLength(1);
});

test('every sender is verified, and the account says what it has sent', async () => {
  const identity = (EmailIdentity: string) => client.send(new GetEmailIdentityCommand({ EmailIdentity }));
  expect(await identity('example.com')).toMatchObject({
    IdentityType: 'DOMAIN',
    VerifiedForSendingStatus: true,
  });
  expect(await identity('a+b@example.com')).toMatchObject({ IdentityType: 'EMAIL_ADDRESS' });
  expect(aws.asked.at(-1)?.resource).toBe('arn:aws:ses:us-east-1:000000000000:identity/a+b@example.com');
  await expect(identity('-')).rejects.toMatchObject({ name: 'BadRequestException' });
  const sent = async () => (await client.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours ?? 0;
  const before = await sent();
  await send();
  expect(await sent()).toBe(before + 1);
  aws.offset = 86_400_001;
  // The caller's clock must agree with ours.
  const later = new SESv2Client({ ...aws.client, systemClockOffset: aws.offset });
  expect((await later.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(0);
  later.destroy();
  aws.offset = 0;
});

test('other operations, strangers and wrong signatures are refused', async () => {
  await expect(client.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('ses POST /v2/email/list-identities'),
  });
  const credentials = { ...aws.client.credentials, secretAccessKey: 'wrong' };
  const stranger = new SESv2Client({ ...aws.client, credentials });
  await expect(stranger.send(new GetAccountCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
  stranger.destroy();
});

test.each([
  ['user@example.com', undefined, 'user@example.com'],
  ['  Landfall <hello@Example.COM>', 'Landfall', 'hello@Example.COM'],
  ['"a \\"b\\" c" <x@example.com>', 'a "b" c', 'x@example.com'],
  ['=?UTF-8?B?R3LDvMOfZQ==?= <x@example.com>', 'Grüße', 'x@example.com'],
  ['=?utf-8?q?Gr=C3=BC=C3=9Fe_an?= =?utf-8?q?_alle?= <x@example.com>', 'Grüße an alle', 'x@example.com'],
  ['"a b"@example.com', undefined, '"a b"@example.com'],
])('%s is a mailbox', (text, displayName, address) => {
  expect(parseMailbox(text)).toMatchObject({ displayName, address });
});

test.each([
  '',
  '@example.com',
  'a@b@example.com',
  'a@example..com',
  'a@-example.com',
  '.a@example.com',
  'a@exämple.com',
  'a@example.com>',
  '<a@example.com',
  'Bad <x> <a@example.com>',
  `${'a'.repeat(65)}@example.com`,
  'a@example.com\r\nBcc: b@example.com',
])('%j is no mailbox', (text) => {
  expect(parseMailbox(text)).toBeUndefined();
});
