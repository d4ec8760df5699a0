/** Queues of the local SQS and their policies. */
import { type Handlers, policyOf, properties, tagsReason } from './handler';

const encryption = 'Encryption at rest is the file system’s matter on a laptop.';

export const sqsHandlers: Handlers = {
  'AWS::SQS::Queue': {
    properties: properties(
      [
        'DelaySeconds',
        'FifoQueue',
        'KmsMasterKeyId',
        'MaximumMessageSize',
        'MessageRetentionPeriod',
        'QueueName',
        'ReceiveMessageWaitTimeSeconds',
        'RedrivePolicy',
        'VisibilityTimeout',
      ],
      {
        KmsDataKeyReusePeriodSeconds: encryption,
        RedriveAllowPolicy: 'The queues of one assembly trust each other.',
        SqsManagedSseEnabled: encryption,
        Tags: tagsReason,
      },
    ),
    unsupported: ({ FifoQueue, QueueName }) =>
      (FifoQueue !== undefined && String(FifoQueue) !== 'false') || String(QueueName).endsWith('.fifo')
        ? ['FifoQueue is not supported, only standard queues.']
        : [],
    create: async (resource, system) => {
      const { QueueName, FifoQueue: _, KmsMasterKeyId, ...given } = resource.properties;
      const name = (QueueName as string | undefined) ?? resource.generatedName;
      const queue = await system.aws.sqs.createQueue({
        name,
        properties: {
          ...given,
          KmsMasterKeyId: system.aws.kms.customerManaged(KmsMasterKeyId as string | undefined),
        },
      });
      const url = system.aws.sqs.urlOf(queue);
      return { ref: url, attributes: { Arn: queue.arn, QueueName: name, QueueUrl: url } };
    },
  },
  'AWS::SQS::QueuePolicy': {
    properties: properties(['PolicyDocument', 'Queues']),
    create: (resource, system) => {
      const urls = resource.properties.Queues;
      if (!Array.isArray(urls)) throw new Error(`Queues must be a list, found ${JSON.stringify(urls)}`);
      const { PolicyDocument } = resource.properties;
      for (const url of urls) {
        const queue = system.aws.sqs.queue(String(url));
        system.aws.sqs.setPolicy(queue.name, PolicyDocument);
        system.resourcePolicies.add(queue.arn, policyOf(resource, PolicyDocument));
      }
      return { ref: resource.generatedName };
    },
  },
};
