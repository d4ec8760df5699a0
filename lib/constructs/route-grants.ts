import { Stack } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Use } from '../../lambdas/shared/contract';
import { acknowledge } from './acknowledge';
import type { CacheAccess } from './cache-access';
import type { DatabaseAccess } from './database-access';
import type { NodeFunction } from './function';
import { grantKeyThrough, type KeyAction } from './key-use';
import type { UrlSigner } from './signing-keys';
import type { Table } from './table';

export interface GrantTargets {
  readonly database: DatabaseAccess;
  /** Absent when the blueprint has no cache; routes that would use one cope without. */
  readonly cache?: CacheAccess | undefined;
  readonly documents: IBucket;
  /** Absent without the capability. */
  readonly photos?: IBucket | undefined;
  /** Absent without the capability. */
  readonly photoSigner?: UrlSigner | undefined;
  /** Absent when tokens come from an issuer that is not ours; nobody is signed out of it then. */
  readonly userPool?: IUserPool | undefined;
  /** Absent without sign-in by magic link. */
  readonly magicLinks?: Table | undefined;
  readonly accountExport: NodeFunction;
}

type BucketUse = Extract<Use, { bucket: string }>;

/**
 * `abort` throws away the parts of an upload that failed or was given up.
 * `read-version` reads what is named by its version, and nothing else: S3 asks for no further right then.
 */
interface ObjectUse extends Pick<BucketUse, 'under'> {
  readonly can: readonly (BucketUse['can'][number] | 'read-version')[];
}

const actions: Record<ObjectUse['can'][number], { readonly s3: string; readonly kms: readonly KeyAction[] }> =
  {
    read: { s3: 's3:GetObject', kms: ['kms:Decrypt'] },
    'read-version': { s3: 's3:GetObjectVersion', kms: ['kms:Decrypt'] },
    write: { s3: 's3:PutObject', kms: ['kms:GenerateDataKey', 'kms:Decrypt'] },
    delete: { s3: 's3:DeleteObject', kms: [] },
    abort: { s3: 's3:AbortMultipartUpload', kms: [] },
  };

/** What a route may do with the user pool, and the action that it is. */
const poolActions = { 'sign-out': 'cognito-idp:AdminUserGlobalSignOut' } as const;

/** Gives a function the union of what its routes declare to use, and nothing else. */
export function grantUses(grantee: NodeFunction, uses: readonly Use[], targets: GrantTargets): void {
  if (uses.some((use) => 'database' in use)) targets.database.grantConnect(grantee, 'app');
  if (uses.some((use) => 'cache' in use)) targets.cache?.grantConnect(grantee);
  for (const name of ['documents', 'photos'] as const) {
    const onBucket = uses.filter((use): use is BucketUse => 'bucket' in use && use.bucket === name);
    if (onBucket.length > 0) grantObjects(grantee, onBucket, bucketOf(targets, name));
  }
  if (uses.some((use) => 'signer' in use)) grantSigning(grantee, targets.photoSigner);
  const { userPool, magicLinks, accountExport } = targets;
  const onPool = new Set(
    uses.flatMap((use) => ('userPool' in use ? use.userPool.map((can) => poolActions[can]) : [])),
  );
  if (userPool && onPool.size > 0) allow(grantee, [...onPool], userPool.userPoolArn);
  if (uses.some((use) => 'table' in use)) magicLinks?.allow(grantee, 'dynamodb:UpdateItem');
  if (uses.some((use) => 'function' in use)) {
    allow(grantee, ['lambda:InvokeFunction'], accountExport.functionArn);
  }
}

function bucketOf(targets: GrantTargets, name: BucketUse['bucket']): IBucket {
  const bucket = targets[name];
  if (!bucket)
    throw new Error(`expected a bucket "${name}", which a route uses, found none: add the capability`);
  return bucket;
}

function grantSigning(grantee: NodeFunction, signer: UrlSigner | undefined): void {
  if (!signer)
    throw new Error('expected a key that signs addresses of photos, found none: add the capability');
  allow(grantee, ['secretsmanager:GetSecretValue'], signer.secret.secretArn);
  grantKeyThrough('secretsmanager', signer.secretKey, grantee, 'kms:Decrypt');
}

function allow(grantee: NodeFunction, actions: string[], resource: string): void {
  grantee.addToRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
}

/** One statement per action, each limited to the key patterns that need it. */
export function grantObjects(grantee: NodeFunction, uses: readonly ObjectUse[], bucket: IBucket): void {
  const { role } = grantee;
  if (!role) throw new Error(`${grantee.node.path} has no role to grant anything to`);
  const keyActions = new Set<KeyAction>();
  for (const [can, { s3, kms }] of Object.entries(actions)) {
    const patterns = new Set(uses.filter((use) => use.can.includes(can as never)).map((use) => use.under));
    if (patterns.size === 0) continue;
    const sorted = [...patterns].sort();
    const resources = sorted.map((pattern) => bucket.arnForObjects(pattern));
    role.addToPrincipalPolicy(new PolicyStatement({ actions: [s3], resources }));
    acknowledge(
      role,
      {
        reason:
          'The route names this key pattern: objects of all users, each checked against the caller by the handler.',
        date: '2026-11-20',
      },
      ...sorted.map((pattern) => `AwsSolutions-IAM5[Resource::${nameInFindings(bucket)}/${pattern}]`),
    );
    for (const action of kms) keyActions.add(action);
  }
  grantKeyThrough('s3', bucket.encryptionKey, grantee, ...keyActions);
}

/** cdk-nag prints the ARN of a bucket in another stack as the export it is imported by. */
function nameInFindings(bucket: IBucket): string {
  const owner = Stack.of(bucket);
  return (owner.resolve(owner.exportValue(bucket.bucketArn)) as { 'Fn::ImportValue': string })[
    'Fn::ImportValue'
  ];
}
