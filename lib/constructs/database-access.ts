import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * `app` serves requests under row-level security; `maintenance` sees only what sweeps have to clean up; `identity`
 * reads no table and executes the functions that the triggers of the user pool need; `worker` sees the files of all
 * users, as far as the work on them needs.
 */
export type DatabaseRole = 'app' | 'maintenance' | 'identity' | 'worker';

/** What a function needs to talk to the database, whether RDS or one that already exists elsewhere. */
export interface DatabaseAccess {
  /** Environment variables of a connecting function, without `DATABASE_USER` (see `environmentFor`). */
  readonly environment: Record<string, string>;
  /** Environment variables of a function that connects in the given role. */
  environmentFor(role: DatabaseRole): Record<string, string>;
  /** Groups a connecting function joins; the database admits them and nobody else. */
  readonly clientSecurityGroups: ISecurityGroup[];
  /** Lets the grantee connect: by IAM token in the given role, or by reading the external secret. */
  grantConnect(grantee: IGrantable, role?: DatabaseRole): void;
  /** Connections the instance class accepts; `undefined` for an external database, which we do not size. */
  readonly maxConnections: number | undefined;
}
