/** Who can start what from where. */
import type { AuditedAssembly, Resource } from '../assembly/assembly';
import { ofType } from '../assembly/assembly';
import type { Invocation, Principal, ResourcePolicy } from './report';
import { methodsOf } from './routes';
import type { Statements } from './statements';

type Unsorted = Omit<Invocation, 'conditions'>;

export function invocationsOf(
  assembly: AuditedAssembly,
  statements: Statements,
  principals: readonly Principal[],
  policies: readonly ResourcePolicy[],
): Invocation[] {
  const found = [
    ...routes(assembly, statements),
    ...authorizers(assembly, statements),
    ...rules(assembly, statements),
    ...schedules(assembly, statements),
    ...queues(assembly, statements),
    ...userPools(assembly, statements),
    ...customResources(assembly, statements),
    ...topics(assembly, statements),
    ...distributions(assembly, statements),
    ...callers(principals),
  ].map((invocation) => ({ ...invocation, conditions: conditionsOf(invocation, policies) }));
  return [...found, ...unexplained(found, policies)];
}

/** What the policy of the target says of a service that starts it. */
function conditionsOf({ by, target }: Unsorted, policies: readonly ResourcePolicy[]): string[] {
  const allowing = policies
    .flatMap(({ statements }) => statements)
    .filter(
      ({ effect, principals, targets }) =>
        effect === 'Allow' && principals.includes(by) && targets.some(({ path }) => path === target),
    );
  return [...new Set(allowing.flatMap(({ conditions }) => conditions))];
}

/** Permissions to call a function that no rule, route or trigger of these templates needs. */
function unexplained(known: readonly Invocation[], policies: readonly ResourcePolicy[]): Invocation[] {
  return policies
    .filter(({ type }) => type === 'AWS::Lambda::Permission')
    .flatMap((policy) =>
      policy.statements.flatMap(({ principals, targets, conditions }) =>
        principals
          .filter(
            (by) => !known.some((one) => one.by === by && targets.some(({ path }) => path === one.target)),
          )
          .map((by) => ({
            from: `permission ${policy.path}`,
            by,
            target: targets[0]?.path ?? policy.about,
            authorization: 'policy of the function',
            conditions,
          })),
      ),
    );
}

function* routes(assembly: AuditedAssembly, { names }: Statements): Generator<Unsorted> {
  for (const { method, verb, route, backend, authorization } of methodsOf(assembly)) {
    yield {
      from: `${verb} ${route} of ${names.the(method.api)}`,
      by: 'apigateway.amazonaws.com',
      // A route that API Gateway answers by itself starts nothing else.
      target: backend?.path ?? method.resource.path,
      authorization: authorization(names),
    };
  }
}

function* authorizers(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const authorizer of ofType(assembly, 'AWS::ApiGateway::Authorizer')) {
    const { AuthorizerUri, RestApiId } = authorizer.properties;
    const target = values.resource(AuthorizerUri, authorizer.stackName);
    const api = values.resource(RestApiId, authorizer.stackName);
    if (!target) continue;
    yield {
      from: `${names.the(authorizer)} of ${api ? names.the(api) : 'an API'}`,
      by: 'apigateway.amazonaws.com',
      target: target.path,
      authorization: 'nobody is asked: it is who asks',
    };
  }
}

function* rules(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const rule of ofType(assembly, 'AWS::Events::Rule')) {
    const { EventPattern, ScheduleExpression, Targets = [] } = rule.properties;
    const what = ScheduleExpression ?? events(EventPattern);
    for (const { Arn, RoleArn } of Targets as { Arn: unknown; RoleArn?: unknown }[]) {
      yield {
        from: `${names.the(rule)}: ${what}`,
        by: roleOr(values.resource(RoleArn, rule.stackName), 'events.amazonaws.com'),
        target: pathOf(values.resource(Arn, rule.stackName), values.written(Arn, rule.stackName)),
        authorization: RoleArn ? 'role of the rule' : 'policy of the target',
      };
    }
  }
  function events(pattern: unknown): string {
    const { source = [], 'detail-type': types = [] } = (pattern ?? {}) as Record<string, string[]>;
    return `${types.join(', ') || 'events'} from ${source.join(', ') || 'any source'}`;
  }
}

function* schedules(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const schedule of ofType(assembly, 'AWS::Scheduler::Schedule')) {
    const { ScheduleExpression, Target } = schedule.properties;
    const { Arn, RoleArn } = Target as { Arn: unknown; RoleArn: unknown };
    yield {
      from: `${names.the(schedule)}: ${ScheduleExpression}`,
      by: roleOr(values.resource(RoleArn, schedule.stackName), 'scheduler.amazonaws.com'),
      target: pathOf(values.resource(Arn, schedule.stackName), values.written(Arn, schedule.stackName)),
      authorization: 'role of the schedule',
    };
  }
}

function* queues(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const mapping of ofType(assembly, 'AWS::Lambda::EventSourceMapping')) {
    const { EventSourceArn, FunctionName } = mapping.properties;
    const target = values.resource(FunctionName, mapping.stackName);
    const source = values.resource(EventSourceArn, mapping.stackName);
    yield {
      from: source ? names.the(source) : values.written(EventSourceArn, mapping.stackName),
      by: roleOr(values.resource(target?.properties.Role, target?.stackName ?? ''), 'lambda.amazonaws.com'),
      target: pathOf(target, values.written(FunctionName, mapping.stackName)),
      authorization: 'role of the function',
    };
  }
}

function* userPools(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const pool of ofType(assembly, 'AWS::Cognito::UserPool')) {
    for (const [step, value] of Object.entries((pool.properties.LambdaConfig ?? {}) as object)) {
      const arn = (value as { LambdaArn?: unknown }).LambdaArn ?? value;
      const target = values.resource(arn, pool.stackName);
      if (target?.type !== 'AWS::Lambda::Function') continue;
      yield {
        from: `${step} of ${names.the(pool)}`,
        by: 'cognito-idp.amazonaws.com',
        target: target.path,
        authorization: 'policy of the function',
      };
    }
  }
}

function* customResources(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const resource of assembly.resources) {
    const { ServiceToken, HandlerArn } = resource.properties;
    if (ServiceToken === undefined) continue;
    const provider = values.resource(ServiceToken, resource.stackName);
    yield {
      from: `a deployment of ${resource.path}`,
      by: 'whoever deploys',
      target: pathOf(provider, values.written(ServiceToken, resource.stackName)),
      authorization: 'role of the deployment',
    };
    const handler = values.resource(HandlerArn, resource.stackName);
    if (!handler) continue;
    yield {
      from: `a deployment of ${resource.path}, through ${provider ? names.the(provider) : 'its provider'}`,
      by: roleOr(values.resource(provider?.properties.Role, provider?.stackName ?? ''), 'whoever deploys'),
      target: handler.path,
      authorization: 'role of the provider',
    };
  }
}

function* topics(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const subscription of ofType(assembly, 'AWS::SNS::Subscription')) {
    const { Endpoint, Protocol, TopicArn } = subscription.properties;
    const topic = values.resource(TopicArn, subscription.stackName);
    const written = values.written(Endpoint, subscription.stackName);
    yield {
      from: topic ? names.the(topic) : values.written(TopicArn, subscription.stackName),
      by: 'sns.amazonaws.com',
      target: pathOf(values.resource(Endpoint, subscription.stackName), `${Protocol} to ${written}`),
      authorization: Protocol === 'email' ? 'confirmed by who reads the mail' : 'policy of the target',
    };
  }
}

function* distributions(assembly: AuditedAssembly, { values, names }: Statements): Generator<Unsorted> {
  for (const distribution of ofType(assembly, 'AWS::CloudFront::Distribution')) {
    for (const { pattern, origin, signers } of behaviorsOf(distribution, values)) {
      if (!origin) continue;
      yield {
        from: `${pattern} of ${names.the(distribution)}`,
        by: 'cloudfront.amazonaws.com',
        target: origin.path,
        authorization:
          signers.length > 0
            ? `signed addresses (${signers.map((signer) => names.the(signer)).join(', ')})`
            : 'nobody is asked',
      };
    }
  }
}

export interface Behavior {
  readonly pattern: string;
  readonly origin?: Resource | undefined;
  readonly signers: readonly Resource[];
  readonly viewerProtocol: string;
}

/** Paths of a distribution with the bucket behind each. */
export function behaviorsOf({ properties, stackName }: Resource, values: Statements['values']): Behavior[] {
  const config = properties.DistributionConfig as {
    readonly CacheBehaviors?: readonly CacheBehavior[];
    readonly DefaultCacheBehavior: CacheBehavior;
    readonly Origins?: readonly { readonly Id: string; readonly DomainName: unknown }[];
  };
  return [...(config.CacheBehaviors ?? []), config.DefaultCacheBehavior].map((behavior) => {
    const origin = config.Origins?.find(({ Id }) => Id === behavior.TargetOriginId);
    return {
      pattern: behavior.PathPattern ?? 'every other path',
      origin: origin && values.resource(origin.DomainName, stackName),
      signers: (behavior.TrustedKeyGroups ?? [])
        .map((group) => values.resource(group, stackName))
        .filter((group) => group !== undefined),
      viewerProtocol: behavior.ViewerProtocolPolicy,
    };
  });
}

interface CacheBehavior {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly TrustedKeyGroups?: readonly unknown[];
  readonly ViewerProtocolPolicy: string;
}

/** Functions that other principals may call with their own rights; schedules and rules are told where they are. */
function* callers(principals: readonly Principal[]): Generator<Unsorted> {
  for (const principal of principals) {
    if (!principal.runs.some(({ type }) => type === 'AWS::Lambda::Function')) continue;
    // The provider of a trigger: told with the deployment that it serves.
    for (const { effect, actions, targets } of principal.statements) {
      if (effect !== 'Allow' || !actions.includes('lambda:InvokeFunction')) continue;
      for (const { path, arn } of targets) {
        yield {
          from: `the ${principal.name}`,
          by: principal.id,
          target: path ?? arn,
          authorization: 'role of the caller',
        };
      }
    }
  }
}

const roleOr = (role: Resource | undefined, otherwise: string) =>
  role?.type === 'AWS::IAM::Role' ? role.path : otherwise;

const pathOf = (resource: Resource | undefined, written: string) => resource?.path ?? written;
