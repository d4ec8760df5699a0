/** Methods with their integrations, and the authorizers in front of them. */
import type { Authorizer, Integration, IntegrationResponse } from '../rest-api/definition';
import { apiOf, idOf } from './api-gateway-parts';
import { type DeclaredResource, type Handlers, numberOf, properties, textOf } from './handler';

/** `arn:aws:apigateway:R:lambda:path/2015-03-31/functions/<arn>/invocations` -> `<arn>` */
function functionArnOf(uri: unknown): string {
  const found = /\/functions\/(arn:[^/]+)\/invocations$/.exec(String(uri))?.[1];
  if (!found) throw new Error(`the URI ${uri} does not name a Lambda function`);
  return found;
}

interface RawIntegration {
  readonly Type?: unknown;
  readonly Uri?: unknown;
  readonly TimeoutInMillis?: unknown;
  readonly RequestTemplates?: Record<string, string>;
  readonly IntegrationResponses?: IntegrationResponse[];
}

function integrationOf(raw: RawIntegration): Integration {
  return {
    type: raw.Type as Integration['type'],
    ...(raw.Type === 'AWS_PROXY' && { functionArn: functionArnOf(raw.Uri) }),
    timeoutMs: Number(raw.TimeoutInMillis ?? 29_000),
    requestTemplates: raw.RequestTemplates ?? {},
    responses: raw.IntegrationResponses ?? [],
  };
}

function unsupportedMethod(declared: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  const { AuthorizationType = 'NONE', ApiKeyRequired, Integration } = declared;
  if (!['NONE', 'COGNITO_USER_POOLS', 'CUSTOM'].includes(String(AuthorizationType))) {
    faults.push(`AuthorizationType ${AuthorizationType} is not supported.`);
  }
  if (ApiKeyRequired === true) faults.push('ApiKeyRequired is not supported.');
  const integration = (Integration ?? {}) as Record<string, unknown>;
  if (integration.Type !== 'AWS_PROXY' && integration.Type !== 'MOCK') {
    faults.push(`integration type ${integration.Type} is not supported, only AWS_PROXY and MOCK.`);
  }
  const known = [
    'Type',
    'Uri',
    'IntegrationHttpMethod',
    'TimeoutInMillis',
    'RequestTemplates',
    'IntegrationResponses',
    'PassthroughBehavior',
  ];
  for (const name of Object.keys(integration)) {
    if (!known.includes(name)) faults.push(`property Integration.${name} is not supported.`);
  }
  return faults;
}

function createAuthorizer(resource: DeclaredResource): Authorizer {
  const { Type, IdentityValidationExpression } = resource.properties;
  const shared = {
    identitySource: textOf(resource, 'IdentitySource'),
    ...(IdentityValidationExpression !== undefined && {
      identityValidation: new RegExp(`^(?:${IdentityValidationExpression})$`),
    }),
  };
  if (Type === 'TOKEN') {
    return {
      kind: 'token',
      ...shared,
      functionArn: functionArnOf(resource.properties.AuthorizerUri),
      resultTtlSeconds: numberOf(resource, 'AuthorizerResultTtlInSeconds', 300),
    };
  }
  const arns = resource.properties.ProviderARNs as string[];
  return { kind: 'cognito', ...shared, userPoolIds: arns.map((arn) => arn.slice(arn.indexOf('/') + 1)) };
}

export const apiGatewayMethodHandlers: Handlers = {
  'AWS::ApiGateway::Method': {
    properties: properties(
      [
        'AuthorizationScopes',
        'AuthorizationType',
        'AuthorizerId',
        'HttpMethod',
        'Integration',
        'RequestModels',
        'RequestParameters',
        'RequestValidatorId',
        'ResourceId',
        'RestApiId',
      ],
      {
        ApiKeyRequired: 'Refused above when it is true.',
        MethodResponses: 'Which headers a response may have is declared for generated clients.',
        OperationName: 'Names the method in generated clients.',
      },
    ),
    unsupported: unsupportedMethod,
    create: (resource, system) => {
      const given = resource.properties;
      apiOf(resource, system).methods.push({
        resourceId: textOf(resource, 'ResourceId'),
        httpMethod: textOf(resource, 'HttpMethod'),
        ...(given.AuthorizationType !== 'NONE' && { authorizerId: String(given.AuthorizerId) }),
        authorizationScopes: (given.AuthorizationScopes as string[] | undefined) ?? [],
        ...(given.RequestValidatorId !== undefined && { validatorId: String(given.RequestValidatorId) }),
        requestModels: (given.RequestModels as Record<string, string> | undefined) ?? {},
        requestParameters: (given.RequestParameters as Record<string, boolean> | undefined) ?? {},
        integration: integrationOf(given.Integration as RawIntegration),
      });
      return { ref: idOf(resource) };
    },
  },
  'AWS::ApiGateway::Authorizer': {
    properties: properties(
      [
        'AuthorizerResultTtlInSeconds',
        'AuthorizerUri',
        'IdentitySource',
        'IdentityValidationExpression',
        'ProviderARNs',
        'RestApiId',
        'Type',
      ],
      {
        AuthType: 'Written into generated OpenAPI documents.',
        AuthorizerCredentials: 'The runtime itself starts the authorizer function.',
        Name: 'Names the authorizer in AWS consoles.',
      },
    ),
    unsupported: ({ Type, IdentitySource }) => [
      ...(Type === 'COGNITO_USER_POOLS' || Type === 'TOKEN'
        ? []
        : [`authorizer type ${Type} is not supported, only COGNITO_USER_POOLS and TOKEN.`]),
      ...(String(IdentitySource).startsWith('method.request.header.')
        ? []
        : [`IdentitySource ${IdentitySource} is not supported, only a header.`]),
    ],
    create: (resource, system) => {
      const id = idOf(resource);
      apiOf(resource, system).authorizers.set(id, createAuthorizer(resource));
      return { ref: id, attributes: { AuthorizerId: id } };
    },
  },
};
