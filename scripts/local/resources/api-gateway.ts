/** The parts of a REST API, collected into one definition that `rest-api/gateway.ts` serves. */
import { createHash } from 'node:crypto';
import {
  type Authorizer,
  type GatewayResponse,
  type Integration,
  type IntegrationResponse,
  newRestApi,
  type RestApiDefinition,
} from '../rest-api/definition';
import type { LocalSystem } from '../system';
import {
  type DeclaredResource,
  descriptionReason,
  type Handlers,
  numberOf,
  properties,
  tagsReason,
  textOf,
} from './handler';

/** Ten characters, as API Gateway's own ids have. */
function idOf({ generatedName }: DeclaredResource): string {
  const digits = BigInt(`0x${createHash('sha256').update(generatedName).digest('hex')}`).toString(36);
  return digits.slice(0, 10);
}

function apiOf(resource: DeclaredResource, system: LocalSystem): RestApiDefinition {
  const id = textOf(resource, 'RestApiId');
  const api = system.declared.restApis.get(id);
  if (!api) throw new Error(`there is no REST API ${id}`);
  return api;
}

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

export const apiGatewayHandlers: Handlers = {
  'AWS::ApiGateway::RestApi': {
    properties: properties(['Name', 'BinaryMediaTypes'], {
      Description: descriptionReason,
      DisableExecuteApiEndpoint: 'There is one address on a laptop.',
      EndpointAccessMode: 'The local API speaks HTTP.',
      EndpointConfiguration: 'There is one address on a laptop.',
      MinimumCompressionSize: 'Nothing is gained by compression on the loopback interface.',
      SecurityPolicy: 'The local API speaks HTTP.',
      Tags: tagsReason,
    }),
    create: (resource, system) => {
      const id = idOf(resource);
      const binary = (resource.properties.BinaryMediaTypes as string[] | undefined) ?? [];
      // Templates write `~1` for a slash in a media type.
      const types = binary.map((type) => type.replaceAll('~1', '/'));
      const api = newRestApi(id, String(resource.properties.Name ?? resource.logicalId), types);
      system.declared.restApis.set(id, api);
      return { ref: id, attributes: { RootResourceId: api.rootResourceId, RestApiId: id } };
    },
  },
  'AWS::ApiGateway::Resource': {
    properties: properties(['ParentId', 'PathPart', 'RestApiId']),
    create: (resource, system) => {
      const id = idOf(resource);
      const [parentId, pathPart] = [textOf(resource, 'ParentId'), textOf(resource, 'PathPart')];
      apiOf(resource, system).resources.set(id, { parentId, pathPart });
      return { ref: id, attributes: { ResourceId: id } };
    },
  },
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
  'AWS::ApiGateway::RequestValidator': {
    properties: properties(['RestApiId', 'ValidateRequestBody', 'ValidateRequestParameters'], {
      Name: 'Names the validator in AWS consoles.',
    }),
    create: (resource, system) => {
      const id = idOf(resource);
      apiOf(resource, system).validators.set(id, {
        body: resource.properties.ValidateRequestBody === true,
        parameters: resource.properties.ValidateRequestParameters === true,
      });
      return { ref: id, attributes: { RequestValidatorId: id } };
    },
  },
  'AWS::ApiGateway::Model': {
    properties: properties(['ContentType', 'Name', 'RestApiId', 'Schema'], {
      Description: descriptionReason,
    }),
    create: (resource, system) => {
      const name = (resource.properties.Name as string | undefined) ?? `model${idOf(resource)}`;
      apiOf(resource, system).models.set(name, resource.properties.Schema as object);
      return { ref: name };
    },
  },
  'AWS::ApiGateway::GatewayResponse': {
    properties: properties([
      'ResponseParameters',
      'ResponseTemplates',
      'ResponseType',
      'RestApiId',
      'StatusCode',
    ]),
    create: (resource, system) => {
      const { ResponseParameters, ResponseTemplates, StatusCode } = resource.properties;
      apiOf(resource, system).gatewayResponses.set(textOf(resource, 'ResponseType'), {
        ...(StatusCode !== undefined && { statusCode: Number(StatusCode) }),
        parameters: (ResponseParameters as GatewayResponse['parameters'] | undefined) ?? {},
        templates: (ResponseTemplates as GatewayResponse['templates'] | undefined) ?? {},
      });
      return { ref: idOf(resource) };
    },
  },
  'AWS::ApiGateway::Deployment': {
    properties: properties(['RestApiId'], { Description: descriptionReason }),
    create: (resource) => ({ ref: idOf(resource), attributes: { DeploymentId: idOf(resource) } }),
  },
  'AWS::ApiGateway::Stage': {
    properties: properties(['RestApiId', 'StageName', 'Variables'], {
      AccessLogSetting: 'The runtime prints its own line for every request.',
      DeploymentId: 'There is one deployment on a laptop: what was just synthesized.',
      Description: descriptionReason,
      MethodSettings:
        'Throttling, metrics and logs protect and observe a shared service; one developer needs neither.',
      Tags: tagsReason,
      TracingEnabled: 'Traces go to X-Ray.',
    }),
    create: (resource, system) => {
      const name = textOf(resource, 'StageName');
      const variables = (resource.properties.Variables ?? {}) as Record<string, string>;
      apiOf(resource, system).stages.push({ name, variables });
      return { ref: name };
    },
  },
};
