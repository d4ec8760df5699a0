/** Roles, whose credentials functions sign with, and the policies attached to them. */
import { localAccountId } from '../intrinsics';
import type { LocalSystem } from '../system';
import {
  type DeclaredResource,
  descriptionReason,
  type Handlers,
  policyOf,
  properties,
  textOf,
} from './handler';

function attach(resource: DeclaredResource, system: LocalSystem): void {
  for (const name of (resource.properties.Roles as string[] | undefined) ?? []) {
    const role = system.roles.byName(name);
    if (!role) throw new Error(`there is no role ${name} to attach the policy to`);
    role.policies.push(policyOf(resource, resource.properties.PolicyDocument));
  }
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: unknown;
  readonly ManagedPolicyArns?: readonly string[];
  readonly PermissionsBoundary?: string;
  readonly Policies?: readonly { readonly PolicyDocument: unknown }[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

export const iamHandlers: Handlers = {
  'AWS::IAM::Role': {
    properties: properties(
      [
        'AssumeRolePolicyDocument',
        'ManagedPolicyArns',
        'Path',
        'PermissionsBoundary',
        'Policies',
        'RoleName',
        'Tags',
      ],
      { Description: descriptionReason, MaxSessionDuration: 'Local credentials do not expire.' },
    ),
    create: (resource, system) => {
      const name = (resource.properties.RoleName as string | undefined) ?? resource.generatedName;
      const arn = `arn:aws:iam::${localAccountId}:role${resource.properties.Path ?? '/'}${name}`;
      const {
        AssumeRolePolicyDocument,
        ManagedPolicyArns = [],
        PermissionsBoundary,
        Policies = [],
        Tags = [],
      } = resource.properties as Partial<RoleProperties>;
      system.roles.add({
        arn,
        name,
        policies: Policies.map(({ PolicyDocument }) => policyOf(resource, PolicyDocument)),
        managedPolicyArns: ManagedPolicyArns,
        trust: policyOf(resource, AssumeRolePolicyDocument),
        boundaryArn: PermissionsBoundary,
        tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
      });
      return { ref: name, attributes: { Arn: arn, RoleId: `AROA${name}` } };
    },
  },
  'AWS::IAM::Policy': {
    properties: properties(['PolicyDocument', 'PolicyName', 'Roles']),
    create: (resource, system) => {
      attach(resource, system);
      return { ref: textOf(resource, 'PolicyName') };
    },
  },
  'AWS::IAM::ManagedPolicy': {
    properties: properties(['PolicyDocument', 'ManagedPolicyName', 'Path', 'Roles'], {
      Description: descriptionReason,
    }),
    create: (resource, system) => {
      attach(resource, system);
      const name = (resource.properties.ManagedPolicyName as string | undefined) ?? resource.generatedName;
      const arn = `arn:aws:iam::${localAccountId}:policy${resource.properties.Path ?? '/'}${name}`;
      system.roles.addManagedPolicy(arn, policyOf(resource, resource.properties.PolicyDocument));
      return { ref: arn, attributes: { PolicyArn: arn } };
    },
  },
};
