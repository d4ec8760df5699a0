/** Functions, their versions and aliases. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notRunPrefix } from '../deployment';
import { localAccountId } from '../intrinsics';
import { checkFunctionRole } from '../lambda/service-role';
import type { LocalSystem } from '../system';
import {
  type DeclaredResource,
  descriptionReason,
  type Handlers,
  numberOf,
  properties,
  tagsReason,
  textOf,
} from './handler';

interface LoggingConfig {
  readonly LogFormat?: string;
  readonly LogGroup?: string;
  readonly ApplicationLogLevel?: string;
}

async function createFunction(resource: DeclaredResource, system: LocalSystem) {
  const name = (resource.properties.FunctionName as string | undefined) ?? resource.generatedName.slice(-64);
  const arn = `arn:aws:lambda:${resource.region}:${localAccountId}:function:${name}`;
  const logging = (resource.properties.LoggingConfig ?? {}) as LoggingConfig;
  const reserved = resource.properties.ReservedConcurrentExecutions;
  const roleArn = textOf(resource, 'Role');
  const { TargetArn } = (resource.properties.DeadLetterConfig ?? {}) as { TargetArn?: string };
  await checkFunctionRole(system.accessControl.authorize, {
    roleArn,
    inVpc: resource.properties.VpcConfig !== undefined,
    traced: (resource.properties.TracingConfig as { Mode?: string } | undefined)?.Mode === 'Active',
    deadLetterArn: TargetArn,
  });
  system.functions.add({
    name,
    label: labelOf(resource.logicalId),
    arn,
    codeDirectory: codeDirectory(resource, system, name),
    handler: textOf(resource, 'Handler'),
    runtime: textOf(resource, 'Runtime'),
    environment: environment(resource),
    timeoutSeconds: numberOf(resource, 'Timeout', 3),
    memoryMiB: numberOf(resource, 'MemorySize', 128),
    roleArn,
    ...(reserved !== undefined && { reservedConcurrency: Number(reserved) }),
    ...(logging.LogGroup && { logGroupName: logging.LogGroup }),
    logFormat: logging.LogFormat === 'JSON' ? 'JSON' : 'Text',
    ...(logging.ApplicationLogLevel && { logLevel: logging.ApplicationLogLevel }),
  });
  if (TargetArn !== undefined) {
    // Throws now rather than at the first event that fails.
    const queue = system.aws.sqs.queue(TargetArn);
    system.aws.lambdaEvents.setDeadLetterQueue(arn, { queueArn: queue.arn, roleArn });
  }
  return { ref: name, attributes: { Arn: arn } };
}

/** `documentsFunctionA79C5EA8` -> `documents` */
function labelOf(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '').replace(/Function$/, '') || logicalId;
}

function codeDirectory(resource: DeclaredResource, system: LocalSystem, name: string): string {
  const code = resource.properties.Code as { S3Key?: string; ZipFile?: string };
  if (code.ZipFile !== undefined) {
    const directory = join(system.stateDirectory, 'inline-code', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), code.ZipFile);
    return directory;
  }
  const path = resource.assetPath(String(code.S3Key));
  if (!path) throw new Error(`there is no asset ${code.S3Key} in the assembly`);
  return path;
}

function environment(resource: DeclaredResource): Record<string, string> {
  const { Variables = {} } = (resource.properties.Environment ?? {}) as {
    Variables?: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => {
      if (String(value).includes(notRunPrefix)) {
        throw new Error(`variable ${variable} needs a resource that does not run locally: ${value}`);
      }
      return [variable, String(value)];
    }),
  );
}

export const lambdaHandlers: Handlers = {
  'AWS::Lambda::Function': {
    properties: properties(
      [
        'Code',
        'DeadLetterConfig',
        'Environment',
        'FunctionName',
        'Handler',
        'LoggingConfig',
        'MemorySize',
        'ReservedConcurrentExecutions',
        'Role',
        'Runtime',
        'Timeout',
        'TracingConfig',
        'VpcConfig',
      ],
      {
        Architectures: 'Functions run on the processor of this machine.',
        Description: descriptionReason,
        EphemeralStorage: 'Functions use the temporary directory of this machine.',
        KmsKeyArn: 'Environment variables are not stored.',
        Tags: tagsReason,
      },
    ),
    unsupported: ({ Runtime, Code }) => [
      ...(typeof Runtime === 'string' && Runtime.startsWith('nodejs')
        ? []
        : [`Runtime ${JSON.stringify(Runtime)} is not supported, only nodejs.`]),
      ...(Code && typeof Code === 'object' && ('S3Key' in Code || 'ZipFile' in Code)
        ? []
        : ['Code must be an asset or inline.']),
    ],
    create: createFunction,
  },
  'AWS::Lambda::Version': {
    properties: properties(['FunctionName'], {
      CodeSha256: 'Guards against publishing other code than was uploaded.',
      Description: descriptionReason,
    }),
    create: (resource, system) => {
      const { arn } = system.functions.definition(functionArn(resource));
      return { ref: `${arn}:1`, attributes: { FunctionArn: `${arn}:1`, Version: '1' } };
    },
  },
  'AWS::Lambda::Alias': {
    properties: properties(['FunctionName', 'Name'], {
      Description: descriptionReason,
      FunctionVersion: 'There is one version on a laptop: what was just built.',
      ProvisionedConcurrencyConfig: 'Keeps instances warm on AWS.',
    }),
    create: (resource, system) => {
      const { arn } = system.functions.definition(functionArn(resource));
      const alias = `${arn}:${textOf(resource, 'Name')}`;
      return { ref: alias, attributes: { AliasArn: alias } };
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    properties: properties(['FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'Qualifier']),
    create: (resource, system) => {
      const { arn } = system.functions.definition(functionArn(resource));
      const qualifier = textOf(resource, 'Qualifier');
      const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: retries } = resource.properties;
      system.aws.lambdaEvents.configure(qualifier === '$LATEST' ? arn : `${arn}:${qualifier}`, {
        ...(retries !== undefined && { retries: Number(retries) }),
        ...(age !== undefined && { maximumAgeSeconds: Number(age) }),
      });
      return { ref: resource.generatedName };
    },
  },
};

/** `FunctionName` may hold a name or any ARN of the function. */
export function functionArn(resource: DeclaredResource): string {
  const name = textOf(resource, 'FunctionName');
  return name.startsWith('arn:')
    ? name
    : `arn:aws:lambda:${resource.region}:${localAccountId}:function:${name}`;
}
