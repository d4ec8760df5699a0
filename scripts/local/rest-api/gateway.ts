/** One REST API: takes a request through routing, authorization, validation and integration. */
import { randomUUID } from 'node:crypto';
import type { Authorizer as AccessAuthorizer } from '../aws/authorization';
import { isAllowed, onBehalfOf } from '../aws/service-calls';
import { localAccountId } from '../intrinsics';
import type { InvocationResult } from '../lambda/worker';
import { type UserPoolKeys, verifyCognitoToken } from './cognito-authorizer';
import type { Integration, RestApiDefinition } from './definition';
import { type ApiResponse, GatewayError, gatewayResponse } from './gateway-responses';
import { answerMock, checkTemplates } from './mock-integration';
import { toApiResponse } from './proxy-response';
import { type ApiRequest, headerOf, proxyEvent } from './request';
import { createRouter, type Route } from './router';
import { methodArn, TokenAuthorizations } from './token-authorizer';
import { createValidator } from './validation';

/** API Gateway refuses larger requests. */
export const payloadLimitBytes = 10 * 1024 * 1024;

export interface GatewayDependencies {
  readonly region: string;
  readonly userPools: UserPoolKeys;
  /** Whether policies of functions let API Gateway invoke them. */
  readonly authorize: AccessAuthorizer;
  invoke(functionArn: string, event: unknown, requestId?: string): Promise<InvocationResult>;
  /** What people call the function of an ARN. @throws when there is no such function */
  nameOf(functionArn: string): string;
  /** Told about faults of the runtime itself. */
  readonly log: (line: string) => void;
}

export interface Answer extends ApiResponse {
  /** Function that answered, or what answered instead of one. */
  readonly by: string;
}

export type Gateway = (request: ApiRequest) => Promise<Answer>;

/** @throws when the definition contains a template or schema the local runtime cannot run. */
export function createGateway(api: RestApiDefinition, dependencies: GatewayDependencies): Gateway {
  for (const { integration } of api.methods) checkTemplates(integration);
  for (const authorizer of api.authorizers.values()) {
    if (authorizer.kind === 'token') dependencies.nameOf(authorizer.functionArn);
  }
  const route = createRouter(api);
  const validate = createValidator(api);
  const tokens = new TokenAuthorizations((arn, event) => dependencies.invoke(arn, event));
  const stage = api.stages[0]?.name ?? 'local';
  const sourceArn = (path: string) =>
    `arn:aws:execute-api:${dependencies.region}:${localAccountId}:${api.id}/${path}`;

  /** @param source what of the API invokes the function, as its policy names it */
  const mayInvoke = async (functionArn: string, source: string): Promise<boolean> => {
    const allowed = await isAllowed(dependencies.authorize, {
      principal: 'apigateway.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resource: functionArn,
      conditions: onBehalfOf(sourceArn(source), localAccountId),
    });
    // As in the execution log of a stage, which is all that AWS says of it.
    if (!allowed)
      dependencies.log(
        `Execution failed due to configuration error: Invalid permissions on Lambda function ${functionArn}`,
      );
    return allowed;
  };

  const authorize = async (request: ApiRequest, { method }: Route) => {
    if (!method.authorizerId) return undefined;
    const authorizer = api.authorizers.get(method.authorizerId);
    if (!authorizer) throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR');
    const token = headerOf(request, authorizer.identitySource.replace('method.request.header.', ''));
    if (!token) throw new GatewayError('UNAUTHORIZED');
    if (authorizer.kind === 'token') {
      if (!(await mayInvoke(authorizer.functionArn, `authorizers/${method.authorizerId}`)))
        throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR');
      return tokens.authorize(authorizer, token, methodArn(api, dependencies.region, request));
    }
    return {
      claims: await verifyCognitoToken(authorizer, token, method.authorizationScopes, dependencies.userPools),
    };
  };

  const answer = async (request: ApiRequest, found: Route | undefined): Promise<Answer> => {
    if (request.body.length > payloadLimitBytes) throw new GatewayError('REQUEST_TOO_LARGE');
    if (!found) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN');
    const authorizer = await authorize(request, found);
    validate(request, found);
    const { integration } = found.method;
    if (integration.type === 'MOCK') return { ...answerMock(api, request, found), by: 'mock' };
    const { functionArn = '' } = integration;
    if (!(await mayInvoke(functionArn, `${stage}/${request.httpMethod}${found.resourcePath}`)))
      throw new GatewayError('API_CONFIGURATION_ERROR');
    const result = await withinTime(integration, (arn) =>
      dependencies.invoke(arn, proxyEvent(api, request, found, authorizer), randomUUID()),
    );
    return { ...toApiResponse(api, request, result), by: dependencies.nameOf(functionArn) };
  };

  return async (request) => {
    const found = route(request.httpMethod, request.path);
    try {
      return await answer(request, found);
    } catch (error) {
      if (!(error instanceof GatewayError))
        dependencies.log(`${request.httpMethod} ${request.path}: ${describe(error)}`);
      const known = error instanceof GatewayError ? error : new GatewayError('API_CONFIGURATION_ERROR');
      return { ...gatewayResponse(api, request, found, known), by: `gateway ${known.type}` };
    }
  };
}

async function withinTime(
  { functionArn, timeoutMs }: Integration,
  invoke: (arn: string) => Promise<InvocationResult>,
): Promise<InvocationResult> {
  if (!functionArn) throw new GatewayError('API_CONFIGURATION_ERROR');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new GatewayError('INTEGRATION_TIMEOUT')), timeoutMs);
  });
  try {
    return await Promise.race([invoke(functionArn), late]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
