/** The flags of `redrive`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../migrate/command';
import type { Deployment } from './find-queue';
import type { RedriveOptions } from './run';

export interface CommandOptions extends RedriveOptions {
  /** A name in a deployment, or a URL. */
  readonly queue: string;
  /** Undefined for a URL. */
  readonly deployment: Deployment | undefined;
  readonly json: boolean;
}

const defaultLimit = 10_000;

/** @throws {UsageError} */
export function parseOptions(args: readonly string[]): CommandOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      outputs: { type: 'string' },
      execute: { type: 'boolean', default: false },
      reason: { type: 'string' },
      limit: { type: 'string', default: String(defaultLimit) },
      json: { type: 'boolean', default: false },
    },
  });
  const [queue, ...more] = positionals;
  if (queue === undefined || more.length > 0) {
    throw new UsageError(
      `redrive: expected one queue, such as documents-worker, found ${positionals.length}. See --help.`,
    );
  }
  const { environment, outputs, reason } = values;
  if (reason !== undefined && !/^[a-z_]{1,50}$/.test(reason))
    throw new UsageError(`--reason: expected a code such as crashed, or none, found ${reason}.`);
  return {
    queue,
    deployment: deploymentOf(queue, environment, outputs),
    execute: values.execute,
    reason,
    limit: limitOf(values.limit),
    json: values.json,
  };
}

function deploymentOf(
  queue: string,
  environment: string | undefined,
  outputs: string | undefined,
): Deployment | undefined {
  if (/^https?:\/\//.test(queue)) {
    if (environment === undefined && outputs === undefined && URL.canParse(queue)) return undefined;
    throw new UsageError('The URL of a queue says everything: leave --environment and --outputs out.');
  }
  if (environment === undefined) {
    throw new UsageError(
      '--environment is missing: a name such as documents-worker is that of a queue in every environment. Or pass a URL.',
    );
  }
  return { environment, outputsFile: outputs ?? `outputs.${environment}.json` };
}

function limitOf(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > defaultLimit)
    throw new UsageError(`--limit: expected a whole number from 1 to ${defaultLimit}, found ${value}.`);
  return number;
}
