/** Rules of EventBridge on the default bus. */
import type { Target } from '../aws/events/bus';
import { compilePattern, patternFaults } from '../aws/events/pattern';
import { localAccountId } from '../intrinsics';
import type { LocalSystem } from '../system';
import { descriptionReason, type Handlers, properties, tagsReason } from './handler';

interface RawTarget {
  readonly Id?: unknown;
  readonly Arn?: unknown;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly Input?: unknown;
  readonly InputPath?: unknown;
}

/** RetryPolicy: what a local target refuses it would refuse again. RoleArn: the runtime itself delivers. */
const targetProperties = ['Arn', 'DeadLetterConfig', 'Id', 'Input', 'InputPath', 'RetryPolicy', 'RoleArn'];

/** `$` or names after it, without lists. */
const inputPath = /^\$(?:\.[\w-]+)*$/;

function targetFaults(targets: unknown): string[] {
  if (targets === undefined) return [];
  if (!Array.isArray(targets)) return ['Targets must be a list.'];
  return targets.flatMap((target: RawTarget) => [
    ...Object.keys(target)
      .filter((name) => !targetProperties.includes(name))
      .map((name) => `property Targets.${name} is not supported.`),
    ...(typeof target.InputPath === 'string' && !inputPath.test(target.InputPath)
      ? [`InputPath ${target.InputPath} is not supported, only names such as $.detail.object.`]
      : []),
  ]);
}

function inputOf({ Input, InputPath }: RawTarget): Target['input'] {
  if (typeof Input === 'string') {
    const input: unknown = JSON.parse(Input);
    return () => input;
  }
  if (typeof InputPath !== 'string') return undefined;
  const names = InputPath.split('.').slice(1);
  return (event) => {
    let value: unknown = event;
    for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name];
    return value ?? null;
  };
}

function readTarget(raw: RawTarget, { aws, functions }: LocalSystem): Target {
  const arn = String(raw.Arn);
  const service = arn.split(':')[2];
  // These throw now rather than at the first event.
  if (service === 'sqs') aws.sqs.queue(arn);
  else if (service === 'lambda') functions.definition(arn);
  else throw new Error(`the target ${arn} is not supported, only queues and functions`);
  const deadLetterArn = raw.DeadLetterConfig?.Arn;
  if (deadLetterArn !== undefined) aws.sqs.queue(deadLetterArn);
  const input = inputOf(raw);
  return { id: String(raw.Id), arn, deadLetterArn, ...(input && { input }) };
}

export const eventsHandlers: Handlers = {
  'AWS::Events::Rule': {
    properties: properties(['EventBusName', 'EventPattern', 'Name', 'State', 'Targets'], {
      Description: descriptionReason,
      RoleArn: 'The runtime itself delivers to the targets.',
      Tags: tagsReason,
    }),
    unsupported: ({ EventBusName = 'default', EventPattern, Targets }) => [
      ...(EventBusName === 'default'
        ? []
        : [`EventBusName ${JSON.stringify(EventBusName)} is not supported, only default.`]),
      ...(EventPattern === undefined ? ['a rule without EventPattern is not supported.'] : []),
      ...(EventPattern === undefined ? [] : patternFaults(EventPattern)),
      ...targetFaults(Targets),
    ],
    create: (resource, system) => {
      const { Name, EventPattern, State = 'ENABLED', Targets } = resource.properties;
      const name = (Name as string | undefined) ?? resource.generatedName;
      const arn = `arn:aws:events:${resource.region}:${localAccountId}:rule/${name}`;
      const matches = compilePattern(EventPattern);
      const targets = ((Targets as RawTarget[] | undefined) ?? []).map((raw) => readTarget(raw, system));
      if (String(State).startsWith('ENABLED')) system.aws.events.addRule({ name, arn, matches, targets });
      return { ref: name, attributes: { Arn: arn } };
    },
  },
};
