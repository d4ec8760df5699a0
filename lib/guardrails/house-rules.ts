import { readFileSync } from 'node:fs';
import path from 'node:path';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
} from 'aws-cdk-lib';
import type { EnvironmentConfig } from '../config/schema';
import { checkTemplates } from './rules';
import type { Template } from './template';

/** Our own rules, checked with the audit packs at every synthesis. */
export class HouseRules implements IPolicyValidationPlugin {
  readonly name = 'Landfall';

  constructor(private readonly environment: Pick<EnvironmentConfig, 'removal' | 'account'>) {}

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const paths = new Map(templatePaths.map((file) => [path.basename(file, '.template.json'), file]));
    const templates = Object.fromEntries(
      [...paths].map(([stack, file]) => [stack, JSON.parse(readFileSync(file, 'utf8')) as Template]),
    );
    const violations = checkTemplates(templates, this.environment).map(
      ({ rule, stack, logicalId, description, fix }) => ({
        ruleName: rule,
        description,
        fix,
        severity: 'error',
        violatingResources: [
          {
            resourceLogicalId: logicalId,
            templatePath: paths.get(stack) as string,
            locations: ['Properties'],
          },
        ],
      }),
    );
    return { success: violations.length === 0, violations };
  }
}
