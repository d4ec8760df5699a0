import { Stack } from 'aws-cdk-lib';
import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface SavedQueriesProps {
  readonly accessLogs: ILogGroup;
  readonly functionLogs: readonly ILogGroup[];
}

interface SavedQuery {
  /** What the query answers; its name in the console. */
  readonly name: string;
  readonly over: keyof SavedQueriesProps;
  readonly query: ConstructorParameters<typeof QueryString>[0];
}

const queries: readonly SavedQuery[] = [
  {
    name: 'Errors of all functions, newest first',
    over: 'functionLogs',
    query: {
      fields: ['@timestamp', 'level', 'message', 'error.name', 'error.message', 'requestId', '@log'],
      filterStatements: ['level in ["ERROR", "CRITICAL", "FATAL"]'],
      sort: '@timestamp desc',
      limit: 100,
    },
  },
  {
    name: 'Failing requests by route',
    over: 'accessLogs',
    query: {
      filterStatements: ['status >= 500'],
      statsStatements: ['count(*) as failures by route, method, status, errorType'],
      sort: 'failures desc',
    },
  },
  {
    name: 'Refused requests by reason',
    over: 'accessLogs',
    query: {
      filterStatements: ['status >= 400 and status < 500'],
      statsStatements: ['count(*) as refused by route, method, status, errorType'],
      sort: 'refused desc',
    },
  },
  {
    name: 'Latency by route (ms)',
    over: 'accessLogs',
    query: {
      statsStatements: [
        'count(*) as requests, pct(latencyMs, 50) as p50, pct(latencyMs, 95) as p95, pct(latencyMs, 99) as p99 by route, method',
      ],
      sort: 'p95 desc',
    },
  },
  {
    name: 'Cold starts by function (ms)',
    over: 'functionLogs',
    query: {
      filterStatements: ['type = "platform.report" and ispresent(record.metrics.initDurationMs)'],
      statsStatements: [
        'count(*) as starts, pct(record.metrics.initDurationMs, 50) as p50, max(record.metrics.initDurationMs) as longest by @log',
      ],
      sort: 'longest desc',
    },
  },
  {
    name: 'Everything about one request (fill in its id)',
    over: 'functionLogs',
    query: {
      fields: ['@timestamp', 'level', 'message', '@log', '@message'],
      filterStatements: ['@message like "REQUEST-ID"'],
      sort: '@timestamp asc',
    },
  },
];

/** Logs Insights queries that the runbook refers to by name, in a folder named after the stack. */
export function saveQueries(scope: Construct, props: SavedQueriesProps): void {
  for (const { name, over, query } of queries) {
    const groups = over === 'accessLogs' ? [props.accessLogs] : props.functionLogs;
    new QueryDefinition(scope, `Query-${name.replace(/[^a-z]+/gi, '-')}`, {
      queryDefinitionName: `${Stack.of(scope).stackName}/${name}`,
      queryString: new QueryString(query),
      logGroups: [...groups],
    });
  }
}
