/** Encryption, backup and fate of everything that holds data. */
import { holdsData } from '../../../lib/guardrails/stateful';
import { type AuditedAssembly, ofType, placeOf, type Resource } from '../assembly/assembly';
import type { StatefulState } from './report';
import type { Statements } from './statements';

interface State {
  readonly encryption: string;
  readonly backup: string;
  readonly deletionProtection: string;
}

type Properties = Resource['properties'];

/** A key as a property names it. */
type KeyWords = (value: unknown, otherwise: string) => string;

/** By type, every one of `holdsData`. */
const states: Readonly<Record<string, (p: Properties, key: KeyWords) => State>> = {
  'AWS::Cognito::UserPool': (p) => ({
    encryption: 'keys of Cognito',
    backup: 'none: Cognito has none',
    deletionProtection: p.DeletionProtection === 'ACTIVE' ? 'on' : 'off',
  }),
  'AWS::Cognito::UserPoolGroup': () => ({
    encryption: 'keys of Cognito',
    backup: 'none: Cognito has none',
    deletionProtection: 'that of its user pool',
  }),
  'AWS::DynamoDB::Table': (p, key) => {
    const { SSEEnabled, KMSMasterKeyId } = at<{ SSEEnabled?: boolean; KMSMasterKeyId?: unknown }>(
      p.SSESpecification,
    );
    const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays = 35 } = at<{
      PointInTimeRecoveryEnabled?: boolean;
      RecoveryPeriodInDays?: number;
    }>(p.PointInTimeRecoverySpecification);
    return {
      encryption: SSEEnabled ? key(KMSMasterKeyId, 'a key of AWS in this account') : 'keys of DynamoDB',
      backup: PointInTimeRecoveryEnabled ? `any second of the last ${RecoveryPeriodInDays} days` : 'none',
      deletionProtection: p.DeletionProtectionEnabled === true ? 'on' : 'off',
    };
  },
  'AWS::ElastiCache::ReplicationGroup': (p, key) => ({
    encryption: p.AtRestEncryptionEnabled === true ? key(p.KmsKeyId, 'keys of ElastiCache') : 'none',
    backup: days(p.SnapshotRetentionLimit, (kept) => `daily, kept ${kept}`),
    deletionProtection: 'off: ElastiCache has none',
  }),
  'AWS::KMS::Key': (p) => ({
    encryption: 'it is a key',
    backup: `none: AWS keeps it${p.EnableKeyRotation === true ? ', and makes it anew every year' : ''}`,
    deletionProtection: `waits ${p.PendingWindowInDays ?? 30} days`,
  }),
  'AWS::Logs::LogGroup': (p, key) => ({
    encryption: key(p.KmsKeyId, 'keys of CloudWatch Logs'),
    backup: `none: lines are kept ${p.RetentionInDays === undefined ? 'for ever' : plural(Number(p.RetentionInDays))}`,
    deletionProtection: p.DeletionProtectionEnabled === true ? 'on' : 'off',
  }),
  'AWS::RDS::DBInstance': (p, key) => ({
    encryption: p.StorageEncrypted === true ? key(p.KmsKeyId, 'a key of AWS in this account') : 'none',
    backup: days(
      p.BackupRetentionPeriod ?? 1,
      (kept) =>
        `daily, kept ${kept}, any second of them${p.DeleteAutomatedBackups === false ? ', also after deletion' : ''}`,
    ),
    deletionProtection: p.DeletionProtection === true ? 'on' : 'off',
  }),
  'AWS::S3::Bucket': (p, key) => {
    const [rule] =
      at<{ ServerSideEncryptionConfiguration?: { ServerSideEncryptionByDefault?: object }[] }>(
        p.BucketEncryption,
      ).ServerSideEncryptionConfiguration ?? [];
    const { SSEAlgorithm = 'AES256', KMSMasterKeyID } = at<{
      SSEAlgorithm?: string;
      KMSMasterKeyID?: unknown;
    }>(rule?.ServerSideEncryptionByDefault);
    const { Status } = at<{ Status?: string }>(p.VersioningConfiguration);
    const { Rules = [] } = at<{
      Rules?: { Prefix?: string; NoncurrentVersionExpiration?: { NoncurrentDays: number } }[];
    }>(p.LifecycleConfiguration);
    // Rules of a prefix forget earlier; what is said is what holds for the rest.
    const kept = Rules.find(
      ({ Prefix, NoncurrentVersionExpiration }) => !Prefix && NoncurrentVersionExpiration,
    )?.NoncurrentVersionExpiration?.NoncurrentDays;
    return {
      encryption:
        SSEAlgorithm === 'AES256' ? 'keys of S3' : key(KMSMasterKeyID, 'a key of AWS in this account'),
      backup:
        Status === 'Enabled' ? `versions, kept ${kept === undefined ? 'for ever' : plural(kept)}` : 'none',
      deletionProtection: 'only an empty bucket can be deleted',
    };
  },
  'AWS::SQS::Queue': (p, key) => ({
    encryption:
      p.KmsMasterKeyId !== undefined
        ? key(p.KmsMasterKeyId, '')
        : p.SqsManagedSseEnabled === false
          ? 'none'
          : 'keys of SQS',
    // Four days unless the queue says otherwise.
    backup: `none: messages are kept ${plural(Number(p.MessageRetentionPeriod ?? 345_600) / 86_400)}`,
    deletionProtection: 'off: SQS has none',
  }),
  'AWS::SecretsManager::Secret': (p, key) => ({
    encryption: key(p.KmsKeyId, 'a key of AWS in this account'),
    backup: 'none: earlier versions for a while',
    deletionProtection: 'off',
  }),
};

export function statefulOf(assembly: AuditedAssembly, { values, names }: Statements): StatefulState[] {
  const emptied = ofType(assembly, 'Custom::S3AutoDeleteObjects').map(({ properties, stackName }) =>
    values.resource(properties.BucketName, stackName),
  );
  return assembly.resources
    .filter(({ type }) => holdsData.has(type))
    .map((resource) => {
      const { type, properties, stackName, deletionPolicy, updateReplacePolicy } = resource;
      const describe = states[type];
      if (!describe) {
        throw new Error(
          `The audit does not know how ${type} is encrypted and backed up, which lib/guardrails/stateful.ts says ` +
            'holds data: add it to scripts/audit/report/stateful.ts.',
        );
      }
      const key: KeyWords = (value, otherwise) => {
        if (value === undefined) return otherwise;
        const found = values.resource(value, stackName);
        return found ? `our own: ${names.the(found)}` : values.written(value, stackName);
      };
      const state = describe(properties, key);
      return {
        ...placeOf(resource),
        ...state,
        ...(emptied.includes(resource) ? { deletionProtection: 'off: its deletion empties it' } : {}),
        ...(deletionPolicy ? { deletionPolicy } : {}),
        ...(updateReplacePolicy ? { updateReplacePolicy } : {}),
      };
    });
}

const at = <T extends object>(value: unknown): Partial<T> => (value ?? {}) as Partial<T>;
const plural = (count: number) => (count === 1 ? '1 day' : `${count} days`);

function days(value: unknown, words: (kept: string) => string): string {
  const count = Number(value ?? 0);
  return count > 0 ? words(plural(count)) : 'none';
}
