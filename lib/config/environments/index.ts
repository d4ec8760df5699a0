import type { EnvironmentConfig } from '../schema';
import { dev } from './dev';
import { local } from './local';
import { prod } from './prod';
import { staging } from './staging';

/** Every environment there is; tests and guards loop over all of them. */
export const environments: Readonly<Record<string, EnvironmentConfig>> = { local, dev, staging, prod };
