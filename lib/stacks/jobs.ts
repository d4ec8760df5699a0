import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

import type { Construct } from 'constructs';
import { type BucketName, sweptPrefixes } from '../../lambdas/files-sweep/contract';
import { AsyncFunction } from '../constructs/async-function';
import { type ConnectionShares, concurrencyOf } from '../constructs/connection-budget';
import type { DatabaseAccess } from '../constructs/database-access';
import type { FunctionDefaults, FunctionNetwork, NodeFunction } from '../constructs/function';
import type { Monitored } from '../constructs/monitored';
import { grantObjects } from '../constructs/route-grants';
import { ScheduledFunction } from '../constructs/scheduled-function';

export interface JobsStackProps extends StackProps {
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies that the database allows, by function. @default not limited */
  readonly connections?: ConnectionShares | undefined;
  readonly documentsBucket: IBucket;
  /** Absent without the capability. */
  readonly photosBucket?: IBucket | undefined;
  /** @default users stay with their issuer, and nothing is deleted there */
  readonly userPool?: IUserPool | undefined;
  readonly functions: FunctionDefaults;
}

/** Copies of a scheduled job at a time: two would only wait for each other's row locks. */
export const jobConcurrency = 1;

/** Jobs below that run on a schedule, each of which keeps a connection for itself. */
export const scheduledJobs = 2;

const sweepInterval = Duration.minutes(15);

/** Work that no request waits for. */
export class JobsStack extends Stack {
  readonly filesSweep: ScheduledFunction;
  readonly accountsSweep: ScheduledFunction;
  readonly accountExport: AsyncFunction;
  readonly functions: readonly NodeFunction[];
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: JobsStackProps) {
    super(scope, id, props);
    this.filesSweep = this.#createFilesSweep(props);
    this.accountsSweep = this.#createAccountsSweep(props);
    this.accountExport = this.#createAccountExport(props);
    const all = [this.filesSweep, this.accountsSweep, this.accountExport];
    this.functions = all.map((job) => job.function);
    this.monitored = [...all.flatMap((job) => job.monitored), this.#watchWaitingFiles()];
  }

  #createFilesSweep(props: JobsStackProps): ScheduledFunction {
    const { documentsBucket, photosBucket } = props;
    const { environment, ...shared } = maintenance(props);
    const sweep = new ScheduledFunction(this, 'FilesSweep', {
      ...shared,
      bundle: 'files-sweep',
      description: 'Finishes deletions that a crash interrupted and forgets uploads that never arrived.',
      impact:
        'Files that users deleted, and abandoned uploads, stay in the bucket; users notice nothing, but data ' +
        'they deleted is still stored.',
      every: sweepInterval,
      memoryMiB: 256,
      timeoutSeconds: 60,
      environment: { ...environment, ...(photosBucket && { PHOTOS_BUCKET: photosBucket.bucketName }) },
    });
    props.database.grantConnect(sweep.function, 'maintenance');
    for (const [name, bucket] of Object.entries({ documents: documentsBucket, photos: photosBucket })) {
      const uses = sweptPrefixes(name as BucketName).map((prefix) => ({
        can: ['delete'] as const,
        under: `${prefix}*`,
      }));
      if (bucket) grantObjects(sweep.function, uses, bucket);
    }
    return sweep;
  }

  /** Alarms on files that the sweep found waiting: no message of theirs is in any queue. */
  #watchWaitingFiles(): Monitored {
    const { stackName } = this;
    const filter = new MetricFilter(this, 'WaitingFiles', {
      logGroup: this.filesSweep.function.logGroup,
      filterPattern: FilterPattern.numberValue('$.waiting', '>=', 0),
      metricNamespace: 'Landfall',
      metricName: `${stackName}-waiting-files`,
      metricValue: '$.waiting',
    });
    return {
      id: 'waiting-files',
      title: 'Files that no worker was told of',
      metric: filter.metric({ statistic: 'Maximum', period: Duration.minutes(30) }),
      threshold: 0,
      severity: 'warning',
      impact: 'Files that were uploaded more than a day ago are still being processed, and will be for ever.',
      runbook: 'files-waiting',
    };
  }

  #createAccountsSweep(props: JobsStackProps): ScheduledFunction {
    const { documentsBucket, userPool } = props;
    const { environment, ...shared } = maintenance(props);
    const sweep = new ScheduledFunction(this, 'AccountsSweep', {
      ...shared,
      bundle: 'accounts-sweep',
      description: 'Finishes the deletion of accounts and removes exports that have expired.',
      impact:
        'Deleted accounts stay in the user pool and in the database; their owners cannot use them any more, ' +
        'but what is known about them is still stored.',
      every: sweepInterval,
      memoryMiB: 256,
      timeoutSeconds: 60,
      environment: { ...environment, ...(userPool && { USER_POOL_ID: userPool.userPoolId }) },
    });
    props.database.grantConnect(sweep.function, 'maintenance');
    grantObjects(sweep.function, [{ can: ['delete'], under: 'exports/*' }], documentsBucket);
    if (userPool) {
      sweep.function.addToRolePolicy(
        new PolicyStatement({
          actions: ['cognito-idp:AdminDeleteUser'],
          resources: [userPool.userPoolArn],
        }),
      );
    }
    return sweep;
  }

  #createAccountExport(props: JobsStackProps): AsyncFunction {
    const { network, database, connections, documentsBucket, photosBucket, functions } = props;
    const accountExport = new AsyncFunction(this, 'AccountExport', {
      ...functions,
      bundle: 'account-export',
      description: 'Writes everything that a user has into a ZIP.',
      impact: 'Users who asked for a copy of their data have got none.',
      memoryMiB: 1024,
      // As long as Lambda allows: gigabytes of documents go through it.
      timeoutSeconds: 900,
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      network,
      securityGroups: database.clientSecurityGroups,
      reservedConcurrency: concurrencyOf(connections, 'account-export'),
      environment: {
        ...database.environmentFor('app'),
        DOCUMENTS_BUCKET: documentsBucket.bucketName,
        ...(photosBucket && { PHOTOS_BUCKET: photosBucket.bucketName }),
      },
    });
    database.grantConnect(accountExport.function, 'app');
    grantObjects(
      accountExport.function,
      [
        { can: ['read'], under: 'users/*' },
        { can: ['read'], under: 'resumes/*' },
        { can: ['write', 'abort'], under: 'exports/*' },
      ],
      documentsBucket,
    );
    if (photosBucket)
      grantObjects(accountExport.function, [{ can: ['read'], under: 'originals/*' }], photosBucket);
    return accountExport;
  }
}

/** What the jobs on a schedule have in common. */
function maintenance({ network, database, documentsBucket, functions }: JobsStackProps) {
  return {
    ...functions,
    network,
    securityGroups: database.clientSecurityGroups,
    reservedConcurrency: jobConcurrency,
    environment: {
      ...database.environmentFor('maintenance'),
      DOCUMENTS_BUCKET: documentsBucket.bucketName,
    },
  };
}
