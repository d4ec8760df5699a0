/** Routes of REST APIs, with what checks their callers. */
import { type AuditedAssembly, ofType, type Resource } from '../assembly/assembly';
import type { Names } from '../assembly/names';
import { Values } from '../assembly/values';

export interface Route {
  readonly method: { readonly resource: Resource; readonly api: Resource };
  readonly verb: string;
  /** For example `/documents/{id}`. */
  readonly route: string;
  /** What answers. @default API Gateway itself */
  readonly backend?: Resource | undefined;
  /** Whether anybody may call it. */
  readonly open: boolean;
  authorization(names: Names): string;
}

export function methodsOf(assembly: AuditedAssembly): Route[] {
  const values = new Values(assembly);
  return ofType(assembly, 'AWS::ApiGateway::Method').flatMap((resource) => {
    const { properties, stackName } = resource;
    const api = values.resource(properties.RestApiId, stackName);
    if (!api) return [];
    const { Type, Uri } = (properties.Integration ?? {}) as { Type?: string; Uri?: unknown };
    const type = String(properties.AuthorizationType ?? 'NONE');
    const authorizer = values.resource(properties.AuthorizerId, stackName);
    const key = properties.ApiKeyRequired === true ? ', with an API key' : '';
    return [
      {
        method: { resource, api },
        verb: String(properties.HttpMethod),
        route: pathOf(properties.ResourceId, stackName, values),
        backend: Type === 'MOCK' || Uri === undefined ? undefined : values.resource(Uri, stackName),
        open: type === 'NONE',
        authorization: (names: Names) => {
          if (type === 'NONE') return `nobody is asked${key}`;
          if (type === 'AWS_IAM') return `signature of an AWS principal${key}`;
          return `${authorizer ? names.the(authorizer) : type}${key}`;
        },
      },
    ];
  });
}

/** From the root of the API to the resource. */
function pathOf(value: unknown, stackName: string, values: Values): string {
  const pointer = values.pointer(value, stackName);
  // The root of the API is an attribute of the API.
  if (pointer?.resource.type !== 'AWS::ApiGateway::Resource') return '/';
  const { PathPart, ParentId } = pointer.resource.properties;
  const parent = pathOf(ParentId, pointer.resource.stackName, values);
  return `${parent === '/' ? '' : parent}/${PathPart}`;
}
