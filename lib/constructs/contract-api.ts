import { Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { CfnPermission, type IAlias } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Contract, Route } from '../../lambdas/shared/contract';
import type { ApiConfig } from '../config/schema';
import { pathParameters } from '../contracts';
import { acknowledge, regulated } from './acknowledge';
import { addPreflight } from './cors';
import { addGatewayResponses } from './gateway-responses';
import { requestModel } from './json-schema';
import type { LogGroup } from './log-group';

export interface ContractApiProps {
  readonly description: string;
  readonly contracts: readonly Contract[];
  /** Live alias of the function of each domain. */
  readonly functions: ReadonlyMap<string, IAlias>;
  /** Makes the authorizer of all routes that are not public. */
  readonly createAuthorizer: (api: apigateway.RestApi) => apigateway.IAuthorizer;
  readonly api: ApiConfig;
  readonly accessLogs: LogGroup;
}

/** Stage of every API: the first segment of its URL, so that a breaking version can live beside it. */
export const stageName = 'v1';

/** API Gateway gives up on a function after 29 s; every function has to give up before. */
export const integrationTimeoutSeconds = 29;

/** A REST API whose routes, models, validators and authorization are read from contracts. */
export class ContractApi extends apigateway.RestApi {
  constructor(scope: Construct, id: string, props: ContractApiProps) {
    const { api, accessLogs } = props;
    super(scope, id, {
      // Metrics go by this name, which all deployments in the account share a namespace for.
      restApiName: Stack.of(scope).stackName,
      description: props.description,
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      deployOptions: {
        stageName,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs),
        accessLogFormat: accessLogFormat(),
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        // Would write whole requests, tokens included, to the execution log.
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit: api.throttle.ratePerSecond,
        throttlingBurstLimit: api.throttle.burst,
      },
    });
    // The URL is an output under its own name; see lib/outputs.ts.
    this.node.tryRemoveChild('Endpoint');
    // TLS 1.3, or 1.2 with forward secrecy. A policy of this family demands an access mode.
    const resource = this.node.defaultChild as apigateway.CfnRestApi;
    resource.securityPolicy = apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09;
    resource.endpointAccessMode = apigateway.EndpointAccessMode.STRICT;

    acknowledge(
      this.deploymentStage,
      {
        reason: 'Answers belong to one user each: a cache in front of them could only leak or miss.',
        date: '2026-11-20',
      },
      ...regulated('APIGWCacheEnabledAndEncrypted'),
    );
    acknowledge(
      this.deploymentStage,
      {
        reason: 'Client certificates prove API Gateway to HTTP back ends; functions are called through IAM.',
        date: '2026-11-20',
      },
      ...regulated('APIGWSSLEnabled'),
    );
    if (!api.waf) {
      acknowledge(
        this.deploymentStage,
        { reason: 'api.waf is off in the configuration, for its price.', date: '2026-11-20' },
        'AwsSolutions-APIG3',
      );
    }

    addGatewayResponses(this, api.corsOrigins);
    const validator = this.addRequestValidator('Validator', {
      validateRequestBody: true,
      validateRequestParameters: true,
    });

    const authorizer = props.createAuthorizer(this);
    const methods = new Map<apigateway.IResource, string[]>();
    for (const contract of props.contracts) {
      const integration = this.#integrate(contract, props.functions);
      for (const route of contract.routes) {
        const at = this.root.resourceForPath(route.path);
        this.#addRoute(at, route, { integration, validator, authorizer });
        methods.set(at, [...(methods.get(at) ?? []), route.method]);
      }
    }
    for (const [at, names] of methods) addPreflight(at, api.corsOrigins, names);
  }

  /** The domain's function behind its alias, callable by this stage of this API only. */
  #integrate(contract: Contract, functions: ReadonlyMap<string, IAlias>): apigateway.Integration {
    const alias = functions.get(contract.domain);
    if (!alias) throw new Error(`The contract "${contract.domain}" has no function to answer its routes`);
    const { partition, region } = Stack.of(this);
    // The ARN names the account, which is what SourceAccount would add; API Gateway sends no SourceAccount.
    new CfnPermission(this, `Invoke-${contract.domain}`, {
      action: 'lambda:InvokeFunction',
      functionName: alias.functionArn,
      principal: 'apigateway.amazonaws.com',
      sourceArn: this.arnForExecuteApi('*', '/*', stageName),
    });
    return new apigateway.Integration({
      type: apigateway.IntegrationType.AWS_PROXY,
      integrationHttpMethod: 'POST',
      uri: `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${alias.functionArn}/invocations`,
      options: { timeout: Duration.seconds(integrationTimeoutSeconds) },
    });
  }

  #addRoute(
    at: apigateway.IResource,
    route: Route,
    wiring: {
      readonly integration: apigateway.Integration;
      readonly validator: apigateway.IRequestValidator;
      readonly authorizer: apigateway.IAuthorizer;
    },
  ): void {
    const method = at.addMethod(route.method, wiring.integration, {
      operationName: route.id,
      requestValidator: wiring.validator,
      requestParameters: requestParameters(route),
      ...(route.body ? { requestModels: { 'application/json': this.#addModel(route) } } : {}),
      ...(route.authorization === 'public'
        ? { authorizationType: apigateway.AuthorizationType.NONE }
        : { authorizer: wiring.authorizer }),
    });
    if (route.authorization === 'public') {
      const { id, publicReason: reason, publicSince: date } = route;
      if (!reason || !date) throw new Error(`Route ${id} is public without a publicReason and publicSince`);
      acknowledge(method, { reason, date }, 'AwsSolutions-APIG4', 'AwsSolutions-COG4');
    } else if (wiring.authorizer.authorizationType !== apigateway.AuthorizationType.COGNITO) {
      acknowledge(
        method,
        {
          reason: 'Users stay with their OpenID Connect issuer: identity in the blueprint.',
          date: '2026-11-20',
        },
        'AwsSolutions-COG4',
      );
    }
  }

  #addModel(route: Route): apigateway.IModel {
    const { body, id } = route;
    if (!body) throw new Error(`Route ${id} has no body to make a model of`);
    const model = new apigateway.CfnModel(this, `Model-${id}`, {
      restApiId: this.restApiId,
      name: `${id[0]?.toUpperCase()}${id.slice(1)}`,
      contentType: 'application/json',
      schema: requestModel(id, body),
    });
    // An L1 model: the L2 one knows its own JSON schema type only. So a change has to be announced here.
    this.latestDeployment?.node.addDependency(model);
    this.latestDeployment?.addToLogicalId({ model: { id, schema: model.schema } });
    return { modelId: model.ref };
  }
}

/** `true` demands the parameter; `false` only declares it, and the handler parses its value. */
function requestParameters(route: Route): Record<string, boolean> {
  const query = Object.entries(route.query?.shape ?? {});
  return {
    ...Object.fromEntries(pathParameters(route).map((name) => [`method.request.path.${name}`, true])),
    ...Object.fromEntries(
      query.map(([name, schema]) => [
        `method.request.querystring.${name}`,
        !schema.safeParse(undefined).success,
      ]),
    ),
    ...(route.idempotent ? { 'method.request.header.Idempotency-Key': false } : {}),
  };
}

/** No headers, no query string, no path with ids: nothing here may be a token or belong to a user's data. */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      requestId: '$context.requestId',
      extendedRequestId: '$context.extendedRequestId',
      traceId: '$context.xrayTraceId',
      time: '$context.requestTime',
      method: '$context.httpMethod',
      route: '$context.resourcePath',
      status: '$context.status',
      errorType: '$context.error.responseType',
      integrationStatus: '$context.integration.status',
      latencyMs: '$context.responseLatency',
      integrationLatencyMs: '$context.integrationLatency',
      responseBytes: '$context.responseLength',
      sourceIp: '$context.identity.sourceIp',
      userAgent: '$context.identity.userAgent',
    }),
  );
}
