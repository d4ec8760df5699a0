import { blueprints } from '../../../lib/config/blueprints';
import { environments } from '../../../lib/config/environments';
import { type Configuration, ConfigurationError, validate } from '../../../lib/config/load';

type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

export type Change = (configuration: Writable<Configuration>) => void;

/** A shipped configuration with one change, which the original does not notice. */
export function changed(environmentName: string, blueprintName: string, change: Change): Configuration {
  const configuration = structuredClone({
    environment: environments[environmentName],
    blueprint: blueprints[blueprintName],
  }) as Writable<Configuration>;
  change(configuration);
  return configuration;
}

/** The error that validating a configuration gives, or undefined when it is accepted. */
export function errorOf(configuration: {
  readonly environment: unknown;
  readonly blueprint: unknown;
}): ConfigurationError | undefined {
  try {
    validate(configuration.environment, configuration.blueprint);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}
