import { Logger } from '@aws-lambda-powertools/logger';

/**
 * One JSON logger for every function. Level and service come from LOG_LEVEL and AWS_LAMBDA_FUNCTION_NAME;
 * bodies, tokens and file names are never logged.
 */
export const logger = new Logger({
  serviceName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'landfall',
  persistentKeys: { version: process.env.LANDFALL_VERSION ?? 'unknown' },
});
