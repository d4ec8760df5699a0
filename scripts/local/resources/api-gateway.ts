/** The parts of a REST API, collected into one definition that `rest-api/gateway.ts` serves. */
import { type GatewayResponse, newRestApi } from '../rest-api/definition';
import { apiOf, idOf } from './api-gateway-parts';
import { descriptionReason, type Handlers, properties, tagsReason, textOf } from './handler';

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
