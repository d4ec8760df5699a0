/** Topics do not run locally; whether what tells people may use them is decided on the templates. */
import { decide } from '../../../lib/iam/evaluate';
import { readAuditedAssembly } from '../../../scripts/audit/assembly/assembly';
import { Values } from '../../../scripts/audit/assembly/values';
import { assemblyDirectory, templatesOf } from '../../support/assembly';
import { account, resolvedPolicies } from '../../support/resolved-policies';
import { allVariants } from '../../support/variants';

/** Types whose resources publish to a topic, and the service that does it for them. */
const publishers: Readonly<Record<string, string>> = {
  'AWS::CloudWatch::Alarm': 'cloudwatch.amazonaws.com',
  'AWS::Budgets::Budget': 'budgets.amazonaws.com',
  'AWS::RDS::EventSubscription': 'events.rds.amazonaws.com',
};

/** What a service has to be allowed to publish to each topic that a resource of the templates names. */
function publications(variant: string) {
  const assembly = readAuditedAssembly(assemblyDirectory(variant));
  const values = new Values(assembly);
  const policies = new Map(
    [...resolvedPolicies(templatesOf(variant))].map(({ policy }) => [policy.id, policy]),
  );
  const topics = assembly.resources.filter(({ type }) => type === 'AWS::SNS::Topic');
  const topicPolicies = assembly.resources.filter(({ type }) => type === 'AWS::SNS::TopicPolicy');
  return topics.flatMap((topic) => {
    const named = (value: unknown, stackName: string): boolean =>
      values.resource(value, stackName) === topic ||
      (typeof value === 'object' &&
        value !== null &&
        Object.values(value).some((inner) => named(inner, stackName)));
    const services = new Set(
      assembly.resources
        .filter(({ type, properties, stackName }) => publishers[type] && named(properties, stackName))
        .map(({ type }) => publishers[type] as string),
    );
    const own = topicPolicies.find(({ properties, stackName }) => named(properties.Topics, stackName));
    const key = values.resource(topic.properties.KmsMasterKeyId, topic.stackName);
    const policyOf = (resource: typeof own) =>
      resource && policies.get(`${resource.stackName}.${resource.logicalId}`);
    return [...services].map((service) => ({
      service,
      topic: topic.path,
      arn: `arn:aws:example:us-east-1:${account}:${topic.logicalId}`,
      topicPolicy: policyOf(own),
      keyPolicy: policyOf(key),
    }));
  });
}

test.each(allVariants().map(({ name }) => name))(
  '%s: whoever tells people may, and for this account only',
  (variant) => {
    const all = publications(variant);
    expect(all.map(({ service }) => service)).toContain('cloudwatch.amazonaws.com');
    for (const { service, topic, arn, topicPolicy, keyPolicy } of all) {
      const asked = (sourceAccount: string) => {
        const request = {
          caller: { kind: 'service', name: service },
          context: { 'aws:SourceAccount': sourceAccount, 'aws:SecureTransport': 'true' },
        } as const;
        const key = `arn:aws:kms:us-east-1:${account}:key/topics`;
        const resource = (policy: typeof topicPolicy) => ({ resource: policy ? [policy] : [] });
        return [
          decide({ ...request, action: 'sns:Publish', resource: arn }, resource(topicPolicy)),
          decide({ ...request, action: 'kms:GenerateDataKey', resource: key }, resource(keyPolicy)),
          decide({ ...request, action: 'kms:Decrypt', resource: key }, resource(keyPolicy)),
        ].map(({ effect }) => effect);
      };
      expect({ topic, service, asked: asked(account) }).toEqual({
        topic,
        service,
        asked: ['allow', 'allow', 'allow'],
      });
      expect({ topic, service, asked: asked('999999999999') }).toEqual({
        topic,
        service,
        asked: ['deny', 'deny', 'deny'],
      });
    }
  },
);
