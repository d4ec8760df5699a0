/** Queues whose messages start functions. */
import { checkPoller } from '../lambda/service-role';
import type { LocalSystem } from '../system';
import { type DeclaredResource, type Handlers, numberOf, properties, tagsReason, textOf } from './handler';
import { functionArn } from './lambda';

async function createEventSource(resource: DeclaredResource, system: LocalSystem) {
  const { aws, accessControl, declared, functions } = system;
  const queue = aws.sqs.queue(textOf(resource, 'EventSourceArn'));
  const arn = functionArn(resource);
  const definition = functions.definition(arn);
  const { timeoutSeconds } = definition;
  // What Lambda says: a message that becomes visible during its own invocation is worked on twice.
  if (queue.visibilitySeconds < timeoutSeconds)
    throw new Error(
      `Queue visibility timeout: ${queue.visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    );
  await checkPoller(accessControl.authorize, definition, queue);
  const { Enabled = true, FunctionResponseTypes, ScalingConfig } = resource.properties;
  const { MaximumConcurrency } = (ScalingConfig ?? {}) as { MaximumConcurrency?: unknown };
  if (String(Enabled) === 'true')
    declared.eventSources.push({
      queueArn: queue.arn,
      functionArn: arn,
      batchSize: numberOf(resource, 'BatchSize', 10),
      windowSeconds: numberOf(resource, 'MaximumBatchingWindowInSeconds', 0),
      reportsFailures: ((FunctionResponseTypes as string[] | undefined) ?? []).includes(
        'ReportBatchItemFailures',
      ),
      ...(MaximumConcurrency !== undefined && { maximumConcurrency: Number(MaximumConcurrency) }),
    });
  return { ref: resource.generatedName, attributes: { Id: resource.generatedName } };
}

export const eventSourceHandlers: Handlers = {
  'AWS::Lambda::EventSourceMapping': {
    properties: properties(
      [
        'BatchSize',
        'Enabled',
        'EventSourceArn',
        'FunctionName',
        'FunctionResponseTypes',
        'MaximumBatchingWindowInSeconds',
        'ScalingConfig',
      ],
      {
        KmsKeyArn: 'Encrypts filters, of which there are none here.',
        MetricsConfig: 'Figures in CloudWatch.',
        Tags: tagsReason,
      },
    ),
    unsupported: (declared) => {
      const { BatchSize = 10, MaximumBatchingWindowInSeconds: window = 0, ScalingConfig } = declared;
      const { MaximumConcurrency: concurrency = 2 } = (ScalingConfig ?? {}) as {
        MaximumConcurrency?: unknown;
      };
      return [
        ...(Number(BatchSize) > 10 && Number(window) === 0
          ? ['a BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1.']
          : []),
        ...(typeof concurrency === 'number' && (concurrency < 2 || concurrency > 1000)
          ? [`MaximumConcurrency ${concurrency} is not supported, only 2 to 1000.`]
          : []),
      ];
    },
    create: createEventSource,
  },
};
