/** A Lambda function as its template declares it, with every reference resolved. */
export interface FunctionDefinition {
  readonly name: string;
  /** What people call it: the construct's id without CDK's suffixes. */
  readonly label: string;
  readonly arn: string;
  /** Directory with the unpacked code. */
  readonly codeDirectory: string;
  /** For example `index.handler`. */
  readonly handler: string;
  /** For example `nodejs24.x`. The process itself runs on the Node of this machine. */
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly roleArn: string;
  /** Absent: the function shares what the account has left. */
  readonly reservedConcurrency?: number;
  /** @default the one that Lambda creates, named after the function */
  readonly logGroupName?: string;
  readonly logFormat: 'JSON' | 'Text';
  readonly logLevel?: string;
}

/** On AWS every process has a stream of its own. */
export const logStreamName = 'local';

export const logGroupOf = ({ name, logGroupName }: FunctionDefinition): string =>
  logGroupName ?? `/aws/lambda/${name}`;

export function logStreamArn(definition: FunctionDefinition): string {
  const [, partition, , region, account] = definition.arn.split(':');
  return `arn:${partition}:logs:${region}:${account}:log-group:${logGroupOf(definition)}:log-stream:${logStreamName}`;
}

/** The unqualified ARN: versions and aliases run the same code here. */
export function unqualifiedArn(arn: string): string {
  return arn.split(':').slice(0, 7).join(':');
}
