import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { Use } from '../../lambdas/shared/contract';
import type { CacheAccess } from './cache-access';
import type { DatabaseAccess } from './database-access';

export interface GrantTargets {
  readonly database: DatabaseAccess;
  /** Absent when the blueprint has no cache; routes that would use one cope without. */
  readonly cache?: CacheAccess | undefined;
  readonly documents: IBucket;
}

type BucketUse = Extract<Use, { bucket: string }>;

const actions: Record<BucketUse['can'][number], { readonly s3: string; readonly kms: readonly string[] }> = {
  read: { s3: 's3:GetObject', kms: ['kms:Decrypt'] },
  write: { s3: 's3:PutObject', kms: ['kms:GenerateDataKey', 'kms:Decrypt'] },
  delete: { s3: 's3:DeleteObject', kms: [] },
};

/** Gives a function the union of what its routes declare to use, and nothing else. */
export function grantUses(
  grantee: IGrantable & IConstruct,
  uses: readonly Use[],
  targets: GrantTargets,
): void {
  if (uses.some((use) => 'database' in use)) targets.database.grantConnect(grantee, 'app');
  if (uses.some((use) => 'cache' in use)) targets.cache?.grantConnect(grantee);
  grantObjects(
    grantee,
    uses.filter((use): use is BucketUse => 'bucket' in use),
    targets.documents,
  );
}

/** One statement per action, each limited to the key patterns that need it. */
export function grantObjects(
  grantee: IGrantable & IConstruct,
  uses: readonly BucketUse[],
  bucket: IBucket,
): void {
  const kmsActions = new Set<string>();
  for (const [can, { s3, kms }] of Object.entries(actions)) {
    const patterns = new Set(uses.filter((use) => use.can.includes(can as never)).map((use) => use.under));
    if (patterns.size === 0) continue;
    const resources = [...patterns].sort().map((pattern) => bucket.arnForObjects(pattern));
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [s3], resources }));
    for (const action of kms) kmsActions.add(action);
  }
  if (bucket.encryptionKey && kmsActions.size > 0) bucket.encryptionKey.grant(grantee, ...kmsActions);
}
