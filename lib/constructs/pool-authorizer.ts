import { Fn } from 'aws-cdk-lib';
import { AuthorizationType, CfnAuthorizer, type IAuthorizer, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';

/**
 * Lets in who carries an ID token of the pool, issued to our client. Without the expression API Gateway would
 * accept a token of any client of the pool, also of one that somebody adds later for another purpose. (The L2
 * authorizer cannot say it.)
 */
export function createPoolAuthorizer(
  api: RestApi,
  identity: { readonly userPool: IUserPool; readonly client: IUserPoolClient },
): IAuthorizer {
  const authorizer = new CfnAuthorizer(api, 'UserPool', {
    restApiId: api.restApiId,
    name: 'user-pool',
    type: 'COGNITO_USER_POOLS',
    identitySource: 'method.request.header.Authorization',
    providerArns: [identity.userPool.userPoolArn],
    identityValidationExpression: Fn.join('', ['^', identity.client.userPoolClientId, '$']),
  });
  return {
    authorizerId: authorizer.ref,
    authorizationType: AuthorizationType.COGNITO,
  };
}
