/** A REST API as its templates declare it, with every reference resolved. */

export interface IntegrationResponse {
  readonly StatusCode: string;
  readonly SelectionPattern?: string;
  readonly ResponseParameters?: Readonly<Record<string, string>>;
  readonly ResponseTemplates?: Readonly<Record<string, string>>;
}

export interface Integration {
  readonly type: 'AWS_PROXY' | 'MOCK';
  /** `AWS_PROXY`: ARN of the function, version or alias. */
  readonly functionArn?: string;
  /** @default 29000 */
  readonly timeoutMs: number;
  readonly requestTemplates: Readonly<Record<string, string>>;
  readonly responses: readonly IntegrationResponse[];
}

export interface Method {
  readonly resourceId: string;
  /** `ANY` matches every method that has no row of its own. */
  readonly httpMethod: string;
  readonly authorizerId?: string;
  readonly authorizationScopes: readonly string[];
  readonly validatorId?: string;
  /** Content type -> model name. */
  readonly requestModels: Readonly<Record<string, string>>;
  /** `method.request.querystring.limit` -> required. */
  readonly requestParameters: Readonly<Record<string, boolean>>;
  readonly integration: Integration;
}

export interface CognitoAuthorizer {
  readonly kind: 'cognito';
  readonly identitySource: string;
  readonly identityValidation?: RegExp;
  readonly userPoolIds: readonly string[];
}

export interface TokenAuthorizer {
  readonly kind: 'token';
  readonly identitySource: string;
  readonly identityValidation?: RegExp;
  readonly functionArn: string;
  /** Seconds a result is reused for the same token. */
  readonly resultTtlSeconds: number;
}

export type Authorizer = CognitoAuthorizer | TokenAuthorizer;

export interface GatewayResponse {
  readonly statusCode?: number;
  /** `gatewayresponse.header.X` -> `'literal'` or `method.request.header.X`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
}

export interface Resource {
  readonly parentId: string;
  readonly pathPart: string;
}

export interface RestApiDefinition {
  readonly id: string;
  readonly name: string;
  readonly rootResourceId: string;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: Map<string, Resource>;
  readonly methods: Method[];
  readonly authorizers: Map<string, Authorizer>;
  readonly validators: Map<string, { readonly body: boolean; readonly parameters: boolean }>;
  /** Name -> JSON schema, draft 4. */
  readonly models: Map<string, object>;
  readonly gatewayResponses: Map<string, GatewayResponse>;
  readonly stages: { readonly name: string; readonly variables: Readonly<Record<string, string>> }[];
}

export function newRestApi(id: string, name: string, binaryMediaTypes: readonly string[]): RestApiDefinition {
  return {
    id,
    name,
    rootResourceId: `${id}root`,
    binaryMediaTypes,
    resources: new Map(),
    methods: [],
    authorizers: new Map(),
    validators: new Map(),
    models: new Map(),
    gatewayResponses: new Map(),
    stages: [],
  };
}

/** `/documents/{id}` for the resource of that id. */
export function pathOf(api: RestApiDefinition, resourceId: string): string {
  const parts: string[] = [];
  let current = resourceId;
  while (current !== api.rootResourceId) {
    const resource = api.resources.get(current);
    if (!resource) throw new Error(`${api.name} has no resource ${current}.`);
    parts.unshift(resource.pathPart);
    current = resource.parentId;
  }
  return `/${parts.join('/')}`;
}
