import type { Blueprint, EnvironmentConfig } from '../config/schema';

/** Key of the tag by which budgets and cost reports tell one deployment from another in the same account. */
export const deploymentTag = 'deployment';

/**
 * Cost-allocation tags of a stack. They are stack tags: CloudFormation hands them on to every resource that can
 * carry tags, so none can be forgotten and no template grows by them.
 */
export function stackTags(
  stackName: string,
  deployment: string,
  environment: Pick<EnvironmentConfig, 'name' | 'tags'>,
  blueprint: Pick<Blueprint, 'name'>,
): Record<string, string> {
  return {
    application: 'landfall',
    environment: environment.name,
    ...environment.tags,
    blueprint: blueprint.name,
    [deploymentTag]: deployment,
    stack: stackName,
  };
}
