import { blueprints } from './blueprints';
import { environments } from './environments';
import { type Blueprint, blueprintSchema, type EnvironmentConfig, environmentSchema } from './schema';

export interface Configuration {
  readonly environment: EnvironmentConfig;
  readonly blueprint: Blueprint;
}

export function validate(environment: unknown, blueprint: unknown): Configuration {
  return { environment: environmentSchema.parse(environment), blueprint: blueprintSchema.parse(blueprint) };
}

export function loadConfig(environmentName: string, blueprintName: string): Configuration {
  return validate(environments[environmentName], blueprints[blueprintName]);
}
