import { exampleUser } from '../identity';
import { pathOf } from '../rest-api/definition';
import type { Runtime } from '../running';
import type { ConsoleContext } from './context';
import { queuesOf } from './queues';

/** Everything the overview page shows. */
export async function overview(runtime: Runtime, context: ConsoleContext) {
  const { ports, url, identity, functions, deployed } = runtime;
  const { api, declared, environment = 'local', blueprint = 'platform' } = context;
  return {
    environment,
    blueprint,
    node: process.version,
    url,
    addresses: [
      { name: 'API', address: url, note: `${api.methods.length} methods, as synthesized` },
      { name: 'API reference', address: `${url}/_landfall/api/`, note: 'OpenAPI 3.1, try it in the browser' },
      { name: 'Mail', address: `${url}/_landfall/mail/`, note: 'what Cognito and SES have sent' },
      {
        name: 'AWS endpoint',
        address: `http://127.0.0.1:${ports.aws}`,
        note: 'S3, DynamoDB, Secrets Manager, SSM, KMS, Cognito, SES, Lambda, SQS, EventBridge',
      },
      {
        name: 'Postgres',
        address: `localhost:${ports.postgres}`,
        note: context.postgresUrl ? 'the server of --postgres-url' : `embedded; TLS, CA in ${context.caFile}`,
      },
      ...(declared.cache
        ? [{ name: 'Cache', address: `localhost:${ports.redis}`, note: 'Redis protocol, TLS, IAM tokens' }]
        : []),
      ...(declared.delivery.distributions.length > 0
        ? [
            {
              name: 'Files',
              address: context.cdnUrl,
              note: `CloudFront over the buckets, without a cache; TLS, CA in ${context.caFile}`,
            },
          ]
        : []),
      {
        name: 'Identity',
        address: identity.provider,
        note: identity.password ? `password of local users: ${identity.password}` : '',
      },
      ...(identity.signInPage
        ? [
            {
              name: 'Sign-in page',
              address: identity.signInPage,
              note: `OAuth 2.0 code flow with PKCE; TLS, CA in ${context.caFile}`,
            },
          ]
        : []),
    ],
    user: { email: exampleUser, token: identity.local ? await identity.token(exampleUser) : undefined },
    routes: api.methods
      .filter(({ httpMethod }) => httpMethod !== 'OPTIONS')
      .map(({ httpMethod, resourceId, authorizerId, integration }) => ({
        method: httpMethod,
        path: pathOf(api, resourceId),
        authorization: authorizerId ? (api.authorizers.get(authorizerId)?.kind ?? '') : 'none',
        function: integration.functionArn
          ? functions.definition(integration.functionArn).label
          : integration.type,
      }))
      .sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method)),
    // The provider functions of the CDK serve custom resources that the runtime handles itself.
    functions: functions.definitions
      .filter(({ label }) => !label.includes('CustomResourceProvider'))
      .map(({ name, label, memoryMiB, timeoutSeconds, runtime: node }) => ({
        label,
        name,
        memoryMiB,
        timeoutSeconds,
        runtime: node,
      })),
    schedules: declared.schedules.map(({ name, everyMs }) => ({ name, minutes: everyMs / 60_000 })),
    queues: queuesOf(runtime, context),
    running: countByType(deployed.resources.filter(({ notRunBecause }) => notRunBecause === undefined)),
    notRunning: countByType(deployed.resources.filter(({ notRunBecause }) => notRunBecause !== undefined)),
  };
}

function countByType(resources: Runtime['deployed']['resources']) {
  const counted = new Map<string, { type: string; count: number; reason?: string }>();
  for (const { type, notRunBecause } of resources) {
    const entry = counted.get(type) ?? { type, count: 0, ...(notRunBecause && { reason: notRunBecause }) };
    counted.set(type, { ...entry, count: entry.count + 1 });
  }
  return [...counted.values()].sort((a, b) => a.type.localeCompare(b.type));
}
