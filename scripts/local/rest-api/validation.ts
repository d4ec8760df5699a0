/** Request validators: required parameters, and bodies against the models of the method. */
import type { ErrorObject, ValidateFunction } from 'ajv';
import Draft4 from 'ajv-draft-04';
import type { Method, RestApiDefinition } from './definition';
import { GatewayError } from './gateway-responses';
import { type ApiRequest, headerOf } from './request';
import type { Route } from './router';

export type Validator = (request: ApiRequest, route: Route) => void;

/**
 * Compiles every model once.
 *
 * @throws on a schema that draft 4 does not know.
 */
export function createValidator(api: RestApiDefinition): Validator {
  // API Gateway treats a format it does not know as an annotation; so does `validateFormats: false`.
  const schemas = new Draft4({ allErrors: true, strict: false, validateFormats: false });
  for (const [name, schema] of api.models) {
    schemas.addSchema({ ...schema, id: modelUrl(api.id, name) }, modelUrl(api.id, name));
  }
  const compiled = new Map<string, ValidateFunction>();
  for (const name of api.models.keys()) {
    const validate = schemas.getSchema(modelUrl(api.id, name));
    if (validate) compiled.set(name, validate as ValidateFunction);
  }

  return (request, route) => {
    const validator = api.validators.get(route.method.validatorId ?? '');
    if (validator?.parameters) requireParameters(route.method, request, route);
    if (validator?.body) validateBody(route.method, request, compiled);
  };
}

/** How a model refers to another one of the same API. */
const modelUrl = (apiId: string, name: string) =>
  `https://apigateway.amazonaws.com/restapis/${apiId}/models/${name}`;

function requireParameters({ requestParameters }: Method, request: ApiRequest, route: Route): void {
  const missing = Object.entries(requestParameters)
    .filter(([, required]) => required)
    .map(([source]) => source.replace('method.request.', '').split('.') as [string, string])
    .filter(([place, name]) => {
      if (place === 'path') return !route.pathParameters[name];
      if (place === 'querystring') return !request.query.some(([key]) => key === name);
      return headerOf(request, name) === undefined;
    })
    .map(([, name]) => name);
  if (missing.length > 0) {
    throw new GatewayError(
      'BAD_REQUEST_PARAMETERS',
      `Missing required request parameters: [${missing.join(', ')}]`,
    );
  }
}

function validateBody(
  { requestModels }: Method,
  request: ApiRequest,
  compiled: ReadonlyMap<string, ValidateFunction>,
) {
  const contentType = headerOf(request, 'content-type')?.split(';')[0]?.trim() ?? 'application/json';
  // A content type without a model passes unvalidated: so it does on AWS, and handlers parse again.
  const validate = compiled.get(requestModels[contentType] ?? requestModels.$default ?? '');
  if (!validate) return;
  let value: unknown;
  try {
    value = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new GatewayError('BAD_REQUEST_BODY', undefined, 'Unable to parse the request body as JSON');
  }
  if (!validate(value)) throw new GatewayError('BAD_REQUEST_BODY', undefined, explain(validate.errors ?? []));
}

function explain(errors: readonly ErrorObject[]): string {
  return `[${errors.map(({ instancePath, message }) => `${instancePath || 'object'} ${message}`).join(', ')}]`;
}
