/** Roles, whose credentials functions sign with, and the policies attached to them. */
import type { Policy, PolicyDocument } from '../../../lib/iam/policy';
import { localAccountId } from '../intrinsics';
import type { LocalSystem } from '../system';
import {
  type DeclaredResource,
  descriptionReason,
  type Handlers,
  properties,
  tagsReason,
  textOf,
} from './handler';

function attach(resource: DeclaredResource, system: LocalSystem): void {
  for (const name of (resource.properties.Roles as string[] | undefined) ?? []) {
    system.roles.byName(name)?.policies.push(policyOf(resource, resource.properties.PolicyDocument));
  }
}

const policyOf = ({ stackName, logicalId }: DeclaredResource, document: unknown): Policy => ({
  id: `${stackName}.${logicalId}`,
  document: document as PolicyDocument,
});

export const iamHandlers: Handlers = {
  'AWS::IAM::Role': {
    properties: properties(['RoleName', 'Path', 'Policies', 'ManagedPolicyArns'], {
      AssumeRolePolicyDocument:
        'The runtime itself starts what assumes a role, and gives each function its own.',
      Description: descriptionReason,
      MaxSessionDuration: 'Local credentials do not expire.',
      PermissionsBoundary: 'Boundaries limit what deployments may create.',
      Tags: tagsReason,
    }),
    create: (resource, system) => {
      const name = (resource.properties.RoleName as string | undefined) ?? resource.generatedName;
      const arn = `arn:aws:iam::${localAccountId}:role${resource.properties.Path ?? '/'}${name}`;
      const inline = (resource.properties.Policies as { PolicyDocument: unknown }[] | undefined) ?? [];
      const policies = inline.map(({ PolicyDocument }) => policyOf(resource, PolicyDocument));
      system.roles.add({ arn, name, policies });
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
      return { ref: arn, attributes: { PolicyArn: arn } };
    },
  },
};
