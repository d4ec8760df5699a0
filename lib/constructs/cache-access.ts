import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/** What a function needs to talk to the cache. */
export interface CacheAccess {
  /** `CACHE_HOST`, `CACHE_PORT`, `CACHE_USER` and `CACHE_NAME`. */
  readonly environment: Record<string, string>;
  /** Groups a connecting function joins; the cache admits them and nobody else. */
  readonly clientSecurityGroups: ISecurityGroup[];
  /** Lets the grantee connect by IAM token as the cache's only user. */
  grantConnect(grantee: IGrantable): void;
}
