import type { Resource, Template } from './assembly';

type Properties = NonNullable<Resource['Properties']>;

/** What is wrong with the queues that functions are fed from, as `<mapping>: <fault>`. */
export function queueFaults({ Resources }: Template): string[] {
  const of = (reference: unknown, attribute: string): Properties | undefined => {
    const [id, name] = (reference as { 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt'] ?? [];
    return id !== undefined && name === attribute ? Resources[id]?.Properties : undefined;
  };
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping')
    .flatMap(([id, { Properties: mapping }]) => {
      const queue = of(mapping.EventSourceArn, 'Arn');
      const fn = Resources[mapping.FunctionName?.Ref]?.Properties ?? of(mapping.FunctionName, 'Arn');
      const deadLetters = of(queue?.RedrivePolicy?.deadLetterTargetArn, 'Arn');
      const faults: [string, boolean][] = [
        ['has no queue of this template', queue !== undefined],
        ['has no function of this template', fn !== undefined],
        [
          'does not report single failures',
          JSON.stringify(mapping.FunctionResponseTypes) === '["ReportBatchItemFailures"]',
        ],
        ['has no dead-letter queue', deadLetters !== undefined],
        ['gives a message up before its worker would', queue?.RedrivePolicy?.maxReceiveCount >= 8],
        ['shows a message again too early', queue?.VisibilityTimeout >= 6 * fn?.Timeout],
        ['runs fewer than two', mapping.ScalingConfig?.MaximumConcurrency >= 2],
        [
          'receives what the function has no copy for',
          mapping.ScalingConfig?.MaximumConcurrency === fn?.ReservedConcurrentExecutions,
        ],
        [
          'forgets dead letters before the message itself',
          deadLetters?.MessageRetentionPeriod > (queue?.MessageRetentionPeriod ?? 345_600),
        ],
        [
          'keeps messages in plain text',
          [queue, deadLetters].every((one) => one?.SqsManagedSseEnabled === true || one?.KmsMasterKeyId),
        ],
      ];
      return faults.filter(([, holds]) => !holds).map(([fault]) => `${id}: ${fault}`);
    });
}
