import { CfnResource, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why findings of the audit packs are right on one resource. It covers that resource alone, never what
 * lies below, so a new resource always meets the audit first.
 *
 * @param construct the resource, or a construct with exactly one main resource
 * @param reason a sentence for the person who reads the audit report
 * @param rules ids as the report prints them, without the pack: `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledge(construct: IConstruct, reason: string, ...rules: string[]): void {
  const resource = construct.node.defaultChild ?? construct;
  if (!CfnResource.isCfnResource(resource)) {
    throw new Error(`${construct.node.path} is no single CloudFormation resource; acknowledge on the one meant`);
  }
  for (const rule of rules) {
    const pack = rule.slice(0, rule.indexOf('-'));
    if (!pack) throw new Error(`"${rule}" is no rule id; expected one such as AwsSolutions-S1`);
    Validations.of(resource).acknowledge({ id: `${pack}::${rule}`, reason });
  }
}
