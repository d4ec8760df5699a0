/** Secrets and parameters that functions read through the local AWS endpoint. */
import { descriptionReason, type Handlers, policyOf, properties, tagsReason, textOf } from './handler';

export const secretHandlers: Handlers = {
  'AWS::SecretsManager::Secret': {
    properties: properties(['GenerateSecretString', 'KmsKeyId', 'Name', 'SecretString'], {
      Description: descriptionReason,
      Tags: tagsReason,
    }),
    create: async (resource, system) => {
      const name = (resource.properties.Name as string | undefined) ?? resource.generatedName;
      const { arn } = await system.aws.secrets.createSecret({ name, properties: resource.properties });
      return { ref: arn, attributes: { Id: arn } };
    },
  },
  'AWS::SecretsManager::ResourcePolicy': {
    properties: properties(['ResourcePolicy', 'SecretId'], {
      BlockPublicPolicy: 'Checked by Secrets Manager when the policy is put.',
    }),
    create: (resource, system) => {
      const secret = textOf(resource, 'SecretId');
      system.resourcePolicies.add(secret, policyOf(resource, resource.properties.ResourcePolicy));
      return { ref: secret };
    },
  },
  'AWS::SSM::Parameter': {
    properties: properties(['Name', 'Type', 'Value'], {
      AllowedPattern: 'Checked by CloudFormation before a deployment.',
      Description: descriptionReason,
      Tags: tagsReason,
      Tier: 'The price of the parameter.',
    }),
    create: async (resource, system) => {
      const name = (resource.properties.Name as string | undefined) ?? resource.generatedName;
      await system.aws.ssm.createParameter({ name, properties: resource.properties });
      const { Type, Value } = resource.properties;
      return { ref: name, attributes: { Type: String(Type ?? 'String'), Value: String(Value) } };
    },
  },
};
