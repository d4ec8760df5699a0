/** The environment variables of a function's process: what the template says plus what Lambda adds. */
import path from 'node:path';
import { type FunctionDefinition, logGroupOf, logStreamName } from './definition';
import { type LocalFacts, withLocalValues } from './local-values';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface EnvironmentOptions {
  readonly region: string;
  /** URL of the local AWS endpoint. */
  readonly awsEndpointUrl: string;
  readonly credentials: Credentials;
  readonly facts: LocalFacts;
  /** Directory the function may take for its home; keeps the SDK away from the developer's own `~/.aws`. */
  readonly home: string;
}

const hostPackages = path.resolve(__dirname, '../../../node_modules');

/** Nothing of this process's own environment is in the result. */
export function functionEnvironment(
  definition: FunctionDefinition,
  { region, awsEndpointUrl, credentials, facts, home }: EnvironmentOptions,
): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // The one thing of this machine: packages with machine code are in the bundle for Lambda's processor only.
    NODE_PATH: hostPackages,
    HOME: home,
    _HANDLER: definition.handler,
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    AWS_EXECUTION_ENV: `AWS_Lambda_${definition.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(definition),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    ...(definition.logLevel && { AWS_LAMBDA_LOG_LEVEL: definition.logLevel }),
    ...withLocalValues(definition.environment, facts),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: awsEndpointUrl,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}
