import { GatewayResponse, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type ErrorCode, errorStatus } from '../../lambdas/shared/contract';

interface Answer {
  readonly code: ErrorCode;
  readonly message: string;
  /** Leave the status API Gateway chose. @default false: the status of the code */
  readonly ownStatus?: boolean;
}

/**
 * What API Gateway answers when a request never reaches a function, in the error shape of the functions.
 * Messages are our own: `$context.error.validationErrorString` holds raw quotes and would break the JSON, and
 * the other texts of API Gateway tell a stranger about the authorizer.
 */
const answers: Readonly<Record<string, Answer>> = {
  ACCESS_DENIED: { code: 'forbidden', message: 'This token does not allow the request.' },
  API_CONFIGURATION_ERROR: { code: 'internal', message: 'Something went wrong on our side.' },
  AUTHORIZER_CONFIGURATION_ERROR: { code: 'internal', message: 'Something went wrong on our side.' },
  AUTHORIZER_FAILURE: { code: 'internal', message: 'Something went wrong on our side.' },
  BAD_REQUEST_BODY: { code: 'bad_request', message: 'The body does not match the schema of this request.' },
  BAD_REQUEST_PARAMETERS: { code: 'bad_request', message: 'A required parameter is missing.' },
  DEFAULT_4XX: { code: 'bad_request', message: 'The request cannot be served.', ownStatus: true },
  DEFAULT_5XX: { code: 'internal', message: 'Something went wrong on our side.', ownStatus: true },
  EXPIRED_TOKEN: { code: 'unauthorized', message: 'The token has expired.' },
  INTEGRATION_FAILURE: { code: 'unavailable', message: 'The service cannot be reached. Try again.' },
  INTEGRATION_TIMEOUT: { code: 'timeout', message: 'The request took too long. Try again.' },
  INVALID_SIGNATURE: { code: 'unauthorized', message: 'The token is not valid.' },
  // API Gateway's name for a path or method that does not exist; its own status would be 403.
  MISSING_AUTHENTICATION_TOKEN: { code: 'not_found', message: 'There is no such route.' },
  QUOTA_EXCEEDED: { code: 'too_many_requests', message: 'Too many requests. Slow down.' },
  REQUEST_TOO_LARGE: { code: 'payload_too_large', message: 'The request is too large.' },
  RESOURCE_NOT_FOUND: { code: 'not_found', message: 'There is no such route.' },
  THROTTLED: { code: 'too_many_requests', message: 'Too many requests. Slow down.' },
  UNAUTHORIZED: { code: 'unauthorized', message: 'A valid bearer token is required.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Send application/json.' },
  WAF_FILTERED: { code: 'forbidden', message: 'The request was blocked.' },
};

/** Gives every answer of API Gateway itself the error shape and the CORS header of our functions. */
export function addGatewayResponses(api: RestApi, corsOrigins: readonly string[]): void {
  for (const [type, answer] of Object.entries(answers)) {
    new GatewayResponse(api, `Response${type}`, {
      restApi: api,
      type: ResponseType.of(type),
      ...(answer.ownStatus ? {} : { statusCode: String(errorStatus[answer.code]) }),
      responseHeaders: {
        ...allowOrigin(corsOrigins),
        'Cache-Control': "'no-store'",
        ...(answer.code === 'unauthorized' ? { 'WWW-Authenticate': "'Bearer'" } : {}),
      },
      templates: {
        'application/json': JSON.stringify({
          error: { code: answer.code, message: answer.message, requestId: '$context.requestId' },
        }),
      },
    });
  }
}

/**
 * A browser hides an answer without this header from the application, which then cannot tell an expired token
 * from an outage. Gateway responses cannot compare, so several origins are answered with the caller's own:
 * these bodies hold nothing private, and no credentials are allowed.
 */
function allowOrigin([first, ...others]: readonly string[]): Record<string, string> {
  if (!first) return {};
  if (others.length === 0) return { 'Access-Control-Allow-Origin': `'${first}'` };
  return { 'Access-Control-Allow-Origin': 'method.request.header.Origin', Vary: "'Origin'" };
}
