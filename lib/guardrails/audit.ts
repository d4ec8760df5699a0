import { type App, Validations } from 'aws-cdk-lib';
import type { EnvironmentConfig } from '../config/schema';
import { HouseRules } from './house-rules';

/** Audit packs by thoroughness. A finding that nobody acknowledged with a reason fails the synthesis. */
const packs = {
  baseline: ['AwsSolutionsChecks'],
  full: [
    'AwsSolutionsChecks',
    'NIST80053R5Checks',
    'HIPAASecurityChecks',
    'PCIDSS321Checks',
    'ServerlessChecks',
  ],
} as const;

/** Has every synthesis of the app checked by the environment's audit packs and by the rules of this project. */
export function audit(app: App, environment: Pick<EnvironmentConfig, 'audit' | 'removal' | 'account'>): void {
  // Loaded here, because its rules take 0.16 s to load, which a synthesis without an audit need not wait for.
  const cdkNag = require('cdk-nag') as typeof import('cdk-nag');
  Validations.of(app).addPlugins(
    ...packs[environment.audit].map((pack) => new cdkNag[pack](app)),
    new HouseRules(environment),
  );
}
