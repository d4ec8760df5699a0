import { type App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { EnvironmentConfig } from '../config/schema';
import { HouseRules } from './house-rules';

/** Audit packs by thoroughness. A finding that nobody acknowledged with a reason fails the synthesis. */
const packs = {
  baseline: [AwsSolutionsChecks],
  full: [AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks, ServerlessChecks],
} as const;

export function audit(app: App, { audit, removal }: Pick<EnvironmentConfig, 'audit' | 'removal'>): void {
  Validations.of(app).addPlugins(...packs[audit].map((Pack) => new Pack(app)), new HouseRules(removal));
}
