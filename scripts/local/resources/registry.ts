import type { Registry } from '../deployment';
import { apiGatewayHandlers } from './api-gateway';
import { apiGatewayMethodHandlers } from './api-gateway-methods';
import { cloudFrontHandlers } from './cloudfront';
import { cognitoHandlers } from './cognito';
import { dynamodbHandlers } from './dynamodb';
import { elasticacheHandlers } from './elasticache';
import { eventSourceHandlers } from './event-sources';
import { eventsHandlers } from './events';
import { guardDutyHandlers } from './guardduty';
import { iamHandlers } from './iam';
import { kmsHandlers } from './kms';
import { lambdaHandlers } from './lambda';
import { lambdaPermissionHandlers } from './lambda-permissions';
import { logsHandlers } from './logs';
import { rdsHandlers } from './rds';
import { s3Handlers } from './s3';
import { schedulerHandlers } from './scheduler';
import { secretHandlers } from './secrets';
import { sesHandlers } from './ses';
import { signingKeyHandlers } from './signing-key';
import { sqsHandlers } from './sqs';
import { triggerHandlers } from './triggers';
import { withoutLocalMeaning } from './without-local-meaning';

/** Every CloudFormation type the local runtime knows: run by a handler, or listed with why it is not. */
export const registry: Registry = {
  handlers: {
    ...apiGatewayHandlers,
    ...apiGatewayMethodHandlers,
    ...cloudFrontHandlers,
    ...cognitoHandlers,
    ...dynamodbHandlers,
    ...elasticacheHandlers,
    ...eventSourceHandlers,
    ...eventsHandlers,
    ...guardDutyHandlers,
    ...iamHandlers,
    ...kmsHandlers,
    ...lambdaHandlers,
    ...lambdaPermissionHandlers,
    ...logsHandlers,
    ...rdsHandlers,
    ...s3Handlers,
    ...schedulerHandlers,
    ...secretHandlers,
    ...sesHandlers,
    ...sqsHandlers,
    ...signingKeyHandlers,
    ...triggerHandlers,
  },
  withoutLocalMeaning,
};
