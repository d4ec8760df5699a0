/**
 * Every variant's templates, created as the runtime creates them, with everything that AWS does by itself asked of
 * their policies: so that a right that a service lacks is found for environments that no journey runs.
 */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule } from '../../../../scripts/local/aws/events/bus';
import { keyGrants } from '../../../../scripts/local/aws/s3/encryption';
import { isAllowed, onBehalfOf, type ServiceCall } from '../../../../scripts/local/aws/service-calls';
import { deniedOnQueue } from '../../../../scripts/local/aws/sqs/service-access';
import { localAccountId } from '../../../../scripts/local/intrinsics';
import { deniedLogAction } from '../../../../scripts/local/lambda/service-role';
import { deniedScanAction } from '../../../../scripts/local/malware-plan';
import { pathOf } from '../../../../scripts/local/rest-api/definition';
import { schedulerMayAssume } from '../../../../scripts/local/schedules';
import type { LocalSystem } from '../../../../scripts/local/system';
import { assemblyDirectory, type Resource, type Template } from '../../../support/assembly';
import { soaking } from '../../../support/soak';
import { allVariants } from '../../../support/variants';
import { ACCOUNT, type RunningEndpoint, startEndpoint } from '../aws/running-endpoint';
import { deployApp, removeTemporaryDirectories, type StartAws, temporaryDirectory } from '../deployed-app';

afterAll(removeTemporaryDirectories);

/** What was asked and denied, in the words of the log. Empty when AWS can do all it is there for. */
async function deniedIn(directory: string, region: string): Promise<readonly string[]> {
  const rules: Rule[] = [];
  let aws: RunningEndpoint | undefined;
  const startAws: StartAws = async (functions, roles, { authorize }) => {
    aws = await startEndpoint({
      region,
      principals: roles.principals,
      authorize,
      invokeFunction: (arn, event, requestId) => functions.invoke(arn, event, requestId),
      hasFunction: (arn) => functions.has(arn),
    });
    jest.spyOn(aws.events, 'addRule').mockImplementation((rule) => rules.push(rule));
    return aws;
  };
  try {
    const { system, logLines, close } = await deployApp(directory, startAws, region);
    await askAll(system, rules, region).finally(close);
    return logLines.filter((line) => line.startsWith('iam '));
  } finally {
    await aws?.stop();
  }
}

async function askAll(system: LocalSystem, rules: readonly Rule[], region: string): Promise<void> {
  const { authorize } = system.accessControl;
  const { declared, functions, aws } = system;
  const ask = (call: ServiceCall) => isAllowed(authorize, call);
  const invoke = (principal: string, resource: string, sourceArn: string) =>
    ask({
      principal,
      action: 'lambda:InvokeFunction',
      resource,
      conditions: onBehalfOf(sourceArn, localAccountId),
    });

  for (const api of declared.restApis.values()) {
    const source = (part: string) => `arn:aws:execute-api:${region}:${ACCOUNT}:${api.id}/${part}`;
    const [stage] = api.stages;
    for (const { integration, httpMethod, resourceId } of api.methods)
      if (integration.functionArn)
        await invoke(
          'apigateway.amazonaws.com',
          integration.functionArn,
          source(`${stage?.name}/${httpMethod}${pathOf(api, resourceId)}`),
        );
    for (const [id, authorizer] of api.authorizers)
      if (authorizer.kind === 'token')
        await invoke('apigateway.amazonaws.com', authorizer.functionArn, source(`authorizers/${id}`));
  }
  for (const { id, arn } of declared.userPools)
    for (const functionArn of Object.values(aws.cognito.pool(id).settings.triggers))
      await invoke('cognito-idp.amazonaws.com', functionArn, arn);
  for (const { arn: ruleArn, targets } of rules) {
    const caller = { principal: 'events.amazonaws.com', conditions: onBehalfOf(ruleArn, localAccountId) };
    for (const arn of targets.flatMap((target) => [target.arn, target.deadLetterArn ?? []].flat()))
      if (arn.includes(':sqs:')) await deniedOnQueue(authorize, aws.sqs.queue(arn), 'SendMessage', caller);
      else await invoke(caller.principal, arn, ruleArn);
  }
  for (const { roleArn, groupArn, targetArn, deadLetterArn } of declared.schedules) {
    await schedulerMayAssume(authorize, roleArn, groupArn);
    await ask({ principal: roleArn, action: 'lambda:InvokeFunction', resource: targetArn });
    if (deadLetterArn)
      await deniedOnQueue(authorize, aws.sqs.queue(deadLetterArn), 'SendMessage', { principal: roleArn });
  }
  for (const { providerArn, functionArn } of declared.triggers)
    await ask({
      principal: functions.definition(providerArn).roleArn,
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      conditions: { 'lambda:SourceFunctionArn': providerArn },
    });
  for (const definition of functions.definitions) {
    await deniedLogAction(authorize, definition);
    await askLogins(system, region, definition.roleArn, definition.environment);
  }
  for (const plan of declared.malwarePlans) {
    const bucket = aws.s3.bucket(plan.bucket);
    for (const prefix of plan.prefixes)
      await deniedScanAction(authorize, plan, { bucket, key: `${prefix}file`, keyArn: bucket.keyArn });
  }
  for (const { arn, behaviors, origins } of declared.delivery.distributions)
    for (const { pathPattern, originId } of behaviors) {
      const bucket = aws.s3.bucket(origins.get(originId)?.bucket ?? '');
      const key = pathPattern.replace(/^\//, '').replace('*', 'file');
      const object = { bucket, key, keyArn: bucket.keyArn };
      const resource = `arn:aws:s3:::${bucket.name}/${key}`;
      for (const grant of [{ action: 's3:GetObject', resource }, ...keyGrants(object, ['kms:Decrypt'])])
        await ask({
          principal: 'cloudfront.amazonaws.com',
          ...grant,
          conditions: { 'aws:SourceArn': arn, ...('conditions' in grant && grant.conditions) },
        });
    }
}

/** What a function says in its environment that it connects to. */
async function askLogins(
  { accessControl, declared }: LocalSystem,
  region: string,
  principal: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { database, databaseProxy: proxy, cache } = declared;
  const { DATABASE_USER: user, CACHE_USER: cacheUser } = environment;
  const ask = (who: string, action: string, resource: string) =>
    isAllowed(accessControl.authorize, { principal: who, action, resource });
  if (user && database) {
    const userOf = (id: string) => `arn:aws:rds-db:${region}:${ACCOUNT}:dbuser:${id}/${user}`;
    await ask(principal, 'rds-db:connect', userOf((proxy ?? database).resourceId));
    if (proxy) await ask(proxy.roleArn, 'rds-db:connect', userOf(database.resourceId));
  }
  if (cacheUser && cache) {
    const arn = `arn:aws:elasticache:${region}:${ACCOUNT}`;
    await ask(principal, 'elasticache:Connect', `${arn}:replicationgroup:${cache.id}`);
    await ask(principal, 'elasticache:Connect', `${arn}:user:${cacheUser}`);
  }
}

/** Each takes seconds. Without the soak tests: all of prod and what is special; of the others the largest blueprint. */
const asked = allVariants()
  // What a boundary of an account says is not in the templates.
  .filter(({ environment }) => environment.permissionsBoundaryArn === undefined)
  .filter(({ name }) => soaking || !/^(local|dev|staging)-(?!platform)/.test(name));

test.each(asked.map(({ name, environment }) => ({ name, region: environment.region })))(
  'AWS may do by itself what the templates of $name need of it',
  async ({ name, region }) => {
    expect(await deniedIn(assemblyDirectory(name), region)).toEqual([]);
  },
);

test('nothing is guessed about a permissions boundary that only the account knows', async () => {
  await expect(deniedIn(assemblyDirectory('bounded'), 'us-east-1')).rejects.toThrow(
    /the permissions boundary arn:aws:iam::123456789012:policy\/application-limits .* leave permissionsBoundaryArn out/,
  );
});

describe('what a service needs is missed when it is gone', () => {
  /** Of an assembly: the resource as it is to be, or undefined to take it away. */
  type Change = (resource: Resource, id: string) => Resource | undefined;

  /** The templates of a variant with a change, beside everything else that its folder has. */
  function changed(variant: string, change: Change): string {
    const [from, to] = [assemblyDirectory(variant), temporaryDirectory()];
    for (const name of readdirSync(from)) {
      if (!name.endsWith('.template.json')) symlinkSync(join(from, name), join(to, name));
      else {
        const template = JSON.parse(readFileSync(join(from, name), 'utf8')) as Template;
        const resources = Object.entries(template.Resources).flatMap(([id, resource]) => {
          const kept = change(resource, id);
          return kept ? [[id, kept] as const] : [];
        });
        writeFileSync(
          join(to, name),
          JSON.stringify({ ...template, Resources: Object.fromEntries(resources) }),
        );
      }
    }
    return to;
  }

  const withoutType =
    (type: string, naming = ''): Change =>
    (resource) =>
      resource.Type === type && JSON.stringify(resource.Properties).includes(naming) ? undefined : resource;

  /** Takes the statements out of every policy that name something. */
  const withoutStatements = (naming: string): Change => {
    const strip = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(strip);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          key,
          key === 'Statement' && Array.isArray(inner)
            ? inner.filter((statement) => !JSON.stringify(statement).includes(naming))
            : strip(inner),
        ]),
      );
    };
    return (resource) => strip(resource) as Resource;
  };

  test.each<[string, Change, RegExp]>([
    [
      'permissions for the API',
      withoutType('AWS::Lambda::Permission', 'apigateway'),
      /apigateway.amazonaws.com may not lambda:InvokeFunction/,
    ],
    [
      'permissions for the user pool',
      withoutType('AWS::Lambda::Permission', 'cognito-idp'),
      /cognito-idp.amazonaws.com may not lambda:InvokeFunction/,
    ],
    [
      'policies of queues',
      withoutType('AWS::SQS::QueuePolicy'),
      /events.amazonaws.com may not sqs:SendMessage/,
    ],
    [
      'policies of buckets',
      withoutType('AWS::S3::BucketPolicy', 'cloudfront.amazonaws.com'),
      /cloudfront.amazonaws.com may not s3:GetObject/,
    ],
    [
      'EventBridge in the policy of the key of queues',
      withoutStatements('"scheduler.amazonaws.com"]'),
      /events.amazonaws.com may not kms:GenerateDataKey/,
    ],
    [
      'CloudFront in the policy of the key of objects',
      withoutStatements(':distribution/*'),
      /cloudfront.amazonaws.com may not kms:Decrypt/,
    ],
    [
      'what schedules may send',
      (resource, id) =>
        resource.Type === 'AWS::IAM::Policy' && /Sweep\w*RoleDefaultPolicy/.test(id) && !/Function/.test(id)
          ? (withoutStatements('"sqs:SendMessage"')(resource, id) as Resource)
          : resource,
      /SweepRole\S+ may not sqs:SendMessage/,
    ],
    [
      'what logs are written by',
      withoutStatements('"logs:CreateLogStream"'),
      /FunctionRole\S+ may not logs:CreateLogStream/,
    ],
    [
      'what the proxy connects by',
      (resource, id) => (id.startsWith('ProxyRoleDefaultPolicy') ? undefined : resource),
      /ProxyRole\S+ may not rds-db:connect/,
    ],
    [
      'what functions enter the cache by',
      withoutStatements('"elasticache:Connect"'),
      /may not elasticache:Connect/,
    ],
  ])('%s', async (_, change, expected) => {
    const denied = await deniedIn(changed('scanned', change), 'us-east-1');
    expect(denied.join('\n')).toMatch(expected);
    for (const line of denied) expect(line).toContain('needed in');
  });
});
