/** Senders of SES: the local one takes every sender, so these only have their names. */
import { type Handlers, properties, tagsReason, textOf } from './handler';

const delivery = 'Decides how mail leaves AWS; here it goes to the local mailbox.';

export const sesHandlers: Handlers = {
  'AWS::SES::EmailIdentity': {
    properties: properties(['EmailIdentity'], {
      ConfigurationSetAttributes: delivery,
      DkimAttributes: delivery,
      DkimSigningAttributes: delivery,
      FeedbackAttributes: delivery,
      MailFromAttributes: delivery,
      Tags: tagsReason,
    }),
    create: (resource) => {
      const identity = textOf(resource, 'EmailIdentity');
      // Records for a DNS zone that no mail server will ever ask.
      const records = [1, 2, 3].flatMap((index): [string, string][] => [
        [`DkimDNSTokenName${index}`, `local${index}._domainkey.${identity}`],
        [`DkimDNSTokenValue${index}`, `local${index}.dkim.amazonses.com`],
      ]);
      return { ref: identity, attributes: Object.fromEntries(records) };
    },
  },
  'AWS::SES::ConfigurationSet': {
    properties: properties(['Name'], {
      ArchivingOptions: delivery,
      DeliveryOptions: delivery,
      ReputationOptions: 'Bounces and complaints come from outside.',
      SendingOptions: delivery,
      SuppressionOptions: 'Bounces and complaints come from outside.',
      Tags: tagsReason,
      TrackingOptions: 'Nothing is tracked in the local mailbox.',
      VdmOptions: 'A paid report on deliveries.',
    }),
    create: (resource) => ({ ref: String(resource.properties.Name ?? resource.generatedName) }),
  },
};
