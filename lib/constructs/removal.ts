import { CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';

export type Removal = EnvironmentConfig['removal'];

/** For resources that CloudFormation cannot snapshot (buckets, keys, queues, user pools): `snapshot` keeps them. */
export function removalPolicy(removal: Removal): RemovalPolicy {
  return removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}

/**
 * For databases and caches. Both the deletion and the replacement of the resource follow the policy, because
 * a replacement deletes the old resource just as finally as a deletion does.
 */
export function snapshotPolicy(removal: Removal): RemovalPolicy {
  return removal === 'snapshot' ? RemovalPolicy.SNAPSHOT : removalPolicy(removal);
}

/** Sets the policy on an L1 resource, or on the L1 resource inside an L2 construct. */
export function applyRemoval(construct: IConstruct, policy: RemovalPolicy): void {
  const resource = construct.node.defaultChild ?? construct;
  if (!CfnResource.isCfnResource(resource)) {
    throw new Error(`${construct.node.path} is no CloudFormation resource, so it has no removal policy`);
  }
  resource.applyRemovalPolicy(policy, { applyToUpdateReplacePolicy: true });
}
