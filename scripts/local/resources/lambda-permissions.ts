/** Permissions of functions: statements of the resource policy that a function, a version or an alias has. */
import type { Policy, Statement } from '../../../lib/iam/policy';
import { type DeclaredResource, type Handlers, properties, textOf } from './handler';
import { functionArn } from './lambda';

/** Property of a permission -> what Lambda makes of it. */
const conditions: Readonly<
  Record<string, (value: string) => [operator: string, key: string, value: string]>
> = {
  EventSourceToken: (token) => ['StringEquals', 'lambda:EventSourceToken', token],
  FunctionUrlAuthType: (type) => ['StringEquals', 'lambda:FunctionUrlAuthType', type],
  InvokedViaFunctionUrl: (only) => ['Bool', 'lambda:InvokedViaFunctionUrl', only],
  PrincipalOrgID: (id) => ['StringEquals', 'aws:PrincipalOrgID', id],
  SourceAccount: (account) => ['StringEquals', 'AWS:SourceAccount', account],
  SourceArn: (arn) => ['ArnLike', 'AWS:SourceArn', arn],
};

/** A service, an account, a role or user, or everybody. */
function principalOf(given: string): Statement['Principal'] {
  if (given === '*') return '*';
  if (/^\d{12}$/.test(given)) return { AWS: `arn:aws:iam::${given}:root` };
  return given.startsWith('arn:') ? { AWS: given } : { Service: given };
}

/**
 * The statement as `aws lambda get-policy` shows it.
 * https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
 */
function permissionPolicy(resource: DeclaredResource, arn: string): Policy {
  const statement: Statement = {
    Sid: resource.generatedName,
    Effect: 'Allow',
    Principal: principalOf(textOf(resource, 'Principal')),
    Action: textOf(resource, 'Action'),
    Resource: arn,
  };
  const condition: Record<string, Record<string, string>> = {};
  for (const [property, of] of Object.entries(conditions)) {
    const given = resource.properties[property];
    if (given === undefined) continue;
    const [operator, key, value] = of(String(given));
    condition[operator] = { ...condition[operator], [key]: value };
  }
  return {
    id: `${resource.stackName}.${resource.logicalId}`,
    document: {
      Version: '2012-10-17',
      Statement: [{ ...statement, ...(Object.keys(condition).length > 0 && { Condition: condition }) }],
    },
  };
}

export const lambdaPermissionHandlers: Handlers = {
  'AWS::Lambda::Permission': {
    properties: properties(['Action', 'FunctionName', 'Principal', ...Object.keys(conditions)]),
    create: (resource, { functions, resourcePolicies }) => {
      const arn = functionArn(resource);
      // Throws now rather than at the first call.
      functions.definition(arn);
      // An alias and a version have policies of their own: what lets somebody invoke the function lets nobody invoke them.
      resourcePolicies.add(arn, permissionPolicy(resource, arn));
      return { ref: resource.generatedName, attributes: { Id: resource.generatedName } };
    },
  },
};
