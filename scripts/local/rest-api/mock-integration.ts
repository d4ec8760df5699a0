/** MOCK integrations: answers that API Gateway makes without a function, for example CORS preflights. */
import type { Integration, IntegrationResponse, RestApiDefinition } from './definition';
import { type ApiResponse, GatewayError, setHeader } from './gateway-responses';
import { type ApiRequest, headerOf, requestContext } from './request';
import type { Route } from './router';
import { parseVelocity, type Variables } from './velocity';

/** @throws {GatewayError} when the templates lead to no declared response. */
export function answerMock(api: RestApiDefinition, request: ApiRequest, route: Route): ApiResponse {
  const { integration } = route.method;
  const contentType = headerOf(request, 'content-type')?.split(';')[0] ?? 'application/json';
  const requestTemplate =
    integration.requestTemplates[contentType] ?? integration.requestTemplates['application/json'] ?? '';
  const variables = templateVariables(api, request, route);
  const status = statusOf(parseVelocity(requestTemplate)(variables));
  const response = chooseResponse(integration, status);
  if (!response) throw new GatewayError('API_CONFIGURATION_ERROR');

  const headers: [string, string][] = [['x-amzn-RequestId', request.requestId]];
  for (const [target, source] of Object.entries(response.ResponseParameters ?? {})) {
    const literal = /^'(.*)'$/s.exec(source);
    if (!literal)
      throw new Error(`The response parameter value ${source} of a mock integration is not supported.`);
    setHeader(headers, target.replace('method.response.header.', ''), literal[1] ?? '');
  }
  const [responseType, template] = Object.entries(response.ResponseTemplates ?? {})[0] ?? [
    'application/json',
    '',
  ];
  const override = { header: {} as Record<string, string>, status: undefined as number | undefined };
  (variables.context as Variables).responseOverride = override;
  const body = parseVelocity(template)(variables).trim();
  if (body) setHeader(headers, 'Content-Type', responseType);
  for (const [name, value] of Object.entries(override.header)) setHeader(headers, name, String(value));
  return { status: Number(override.status ?? response.StatusCode), headers, body: Buffer.from(body) };
}

/** Reads `{"statusCode": 204}`; CDK writes the key without quotes. */
function statusOf(rendered: string): string {
  const found = /["']?statusCode["']?\s*:\s*["']?(\d{3})/.exec(rendered)?.[1];
  if (!found) throw new GatewayError('API_CONFIGURATION_ERROR');
  return found;
}

function chooseResponse({ responses }: Integration, status: string): IntegrationResponse | undefined {
  return (
    responses.find(
      ({ SelectionPattern }) => SelectionPattern && new RegExp(`^(?:${SelectionPattern})$`).test(status),
    ) ?? responses.find(({ SelectionPattern }) => !SelectionPattern)
  );
}

function templateVariables(api: RestApiDefinition, request: ApiRequest, route: Route): Variables {
  const parameters = {
    header: Object.fromEntries(request.headers),
    querystring: Object.fromEntries(request.query),
    path: route.pathParameters,
  };
  const find = (name: string) =>
    parameters.path[name] ?? parameters.querystring[name] ?? headerOf(request, name) ?? '';
  return {
    context: { ...requestContext(api, request, route) },
    input: {
      body: request.body.toString('utf8'),
      params: (name?: string) => (name === undefined ? parameters : find(name)),
    },
    stageVariables: api.stages[0]?.variables ?? {},
  };
}

/** Every template of the API is parsed when the runtime starts. @throws on what is not supported. */
export function checkTemplates({ requestTemplates, responses }: Integration): void {
  for (const template of Object.values(requestTemplates)) parseVelocity(template);
  for (const { ResponseTemplates } of responses) {
    for (const template of Object.values(ResponseTemplates ?? {})) parseVelocity(template);
  }
}
