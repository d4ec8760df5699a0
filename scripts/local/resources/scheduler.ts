/** Schedules that start functions. */
import { localAccountId } from '../intrinsics';
import { schedulerMayAssume } from '../schedules';
import { type DeclaredResource, descriptionReason, type Handlers, properties, tagsReason } from './handler';

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

interface Target {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** `rate(15 minutes)` in milliseconds; undefined for other expressions. */
function intervalOf(expression: unknown): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(expression)) ?? [];
  return count && unit ? Number(count) * (units[unit] as number) : undefined;
}

function inputOf({ Input }: Target, resource: DeclaredResource): unknown {
  if (Input === undefined)
    return { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', resources: [resource.logicalId] };
  try {
    return JSON.parse(Input);
  } catch {
    return Input;
  }
}

const scheduleGroupArn = (region: string, name: string): string =>
  `arn:aws:scheduler:${region}:${localAccountId}:schedule-group/${name}`;

export const schedulerHandlers: Handlers = {
  'AWS::Scheduler::ScheduleGroup': {
    properties: properties(['Name'], { Tags: tagsReason }),
    create: (resource) => {
      const name = String(resource.properties.Name ?? resource.generatedName);
      return { ref: name, attributes: { Arn: scheduleGroupArn(resource.region, name) } };
    },
  },
  'AWS::Scheduler::Schedule': {
    properties: properties(['GroupName', 'Name', 'ScheduleExpression', 'State', 'Target'], {
      Description: descriptionReason,
      EndDate: 'Nobody leaves a laptop running until then.',
      FlexibleTimeWindow: 'Spreads load over a fleet.',
      KmsKeyArn: 'Schedules are not stored.',
      ScheduleExpressionTimezone: 'A rate has no time zone.',
    }),
    unsupported: ({ ScheduleExpression, Target }) => [
      ...(typeof ScheduleExpression === 'string' && intervalOf(ScheduleExpression) === undefined
        ? [`ScheduleExpression ${ScheduleExpression} is not supported, only rate(N minutes|hours|days).`]
        : []),
      ...Object.keys((Target ?? {}) as object)
        .filter((name) => !['Arn', 'Input', 'RetryPolicy', 'RoleArn', 'DeadLetterConfig'].includes(name))
        .map((name) => `property Target.${name} is not supported.`),
    ],
    create: async (resource, system) => {
      const name = (resource.properties.Name as string | undefined) ?? resource.generatedName;
      const target = resource.properties.Target as Target;
      // Throws now rather than at the first tick when the target is no function of the templates.
      system.functions.definition(target.Arn);
      const deadLetterArn = target.DeadLetterConfig?.Arn;
      if (deadLetterArn !== undefined) system.aws.sqs.queue(deadLetterArn);
      const group = String(resource.properties.GroupName ?? 'default');
      const arn = `arn:aws:scheduler:${resource.region}:${localAccountId}:schedule/${group}/${name}`;
      const groupArn = scheduleGroupArn(resource.region, group);
      // Scheduler tries it when a schedule is created.
      if (!(await schedulerMayAssume(system.accessControl.authorize, target.RoleArn, groupArn)))
        throw new Error(
          'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
        );
      if (resource.properties.State !== 'DISABLED') {
        system.declared.schedules.push({
          name,
          roleArn: target.RoleArn,
          groupArn,
          everyMs: intervalOf(resource.properties.ScheduleExpression) ?? Number.POSITIVE_INFINITY,
          targetArn: target.Arn,
          input: inputOf(target, resource),
          retries: Math.min(2, target.RetryPolicy?.MaximumRetryAttempts ?? 2),
          arn,
          deadLetterArn,
        });
      }
      return { ref: name, attributes: { Arn: arn } };
    },
  },
};
