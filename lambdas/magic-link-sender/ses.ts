import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Mail } from './mail';

const charset = 'UTF-8';
let client: SESv2Client | undefined;

/** @param from mailbox whose address or domain SES has verified */
export async function sendBySes(from: string, to: string, { subject, text, html }: Mail): Promise<void> {
  client ??= new SESv2Client({ maxAttempts: 3 });
  await client.send(
    new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [to] },
      Content: {
        Simple: {
          Subject: { Data: subject, Charset: charset },
          Body: { Text: { Data: text, Charset: charset }, Html: { Data: html, Charset: charset } },
        },
      },
    }),
  );
}
