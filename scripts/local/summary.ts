/** What `npm start` prints when everything runs. */
import { exampleUser } from './identity';
import type { Runtime } from './running';
import { exampleToken } from './runtime';

export interface SummaryOptions {
  readonly environment: string;
  readonly blueprint: string;
  /** Since the process began. */
  readonly readyMs: number;
}

export async function summary(
  runtime: Runtime,
  { environment, blueprint, readyMs }: SummaryOptions,
): Promise<string> {
  const { url, ports, deployed, identity } = runtime;
  const running = deployed.resources.filter(({ notRunBecause }) => notRunBecause === undefined).length;
  const hasCache = deployed.resources.some(({ type }) => type === 'AWS::ElastiCache::ReplicationGroup');
  const hasFiles = deployed.resources.some(({ type }) => type === 'AWS::CloudFront::Distribution');
  const rows: [string, string][] = [
    ['API', url],
    ['API reference', `${url}/_landfall/api/`],
    ['Console', `${url}/_landfall/`],
    ['Mail', `${url}/_landfall/mail/`],
    [
      'AWS endpoint',
      `http://127.0.0.1:${ports.aws}  (S3, DynamoDB, secrets, SSM, KMS, Cognito, SES, Lambda, SQS, EventBridge)`,
    ],
    ['Postgres', `localhost:${ports.postgres}  (database landfall, TLS)`],
    ...(hasCache ? [['Cache', `localhost:${ports.redis}  (Redis protocol, TLS)`] as [string, string]] : []),
    ...(hasFiles ? [['Files', `https://localhost:${ports.cdn}  (CloudFront, TLS)`] as [string, string]] : []),
    ['Identity', identity.provider],
    ...(identity.signInPage ? [['Sign-in page', identity.signInPage] as [string, string]] : []),
    [
      'Resources',
      `${running} run, ${deployed.resources.length - running} have no local meaning (see the console)`,
    ],
  ];
  const token = await exampleToken(runtime);
  return [
    '',
    `Landfall is ready after ${(readyMs / 1000).toFixed(1)} s: ${environment} · ${blueprint}`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value}`),
    '',
    ...(token === undefined
      ? []
      : [
          `Try it as ${exampleUser}. A new token: TOKEN=$(curl -s ${url}/_landfall/token)`,
          '',
          `curl -H 'Authorization: Bearer ${token}' ${url}/documents`,
          '',
        ]),
    'Ctrl-C stops everything. One line per request follows.',
  ].join('\n');
}
