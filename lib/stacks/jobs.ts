import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
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
  readonly sweep: ScheduledFunction;
  readonly accountsSweep: ScheduledFunction;
  readonly accountExport: AsyncFunction;
  readonly functions: readonly NodeFunction[];
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: JobsStackProps) {
    super(scope, id, props);
    this.sweep = this.#createDocumentsSweep(props);
    this.accountsSweep = this.#createAccountsSweep(props);
    this.accountExport = this.#createAccountExport(props);
    const all = [this.sweep, this.accountsSweep, this.accountExport];
    this.functions = all.map((job) => job.function);
    this.monitored = all.flatMap((job) => job.monitored);
  }

  #createDocumentsSweep(props: JobsStackProps): ScheduledFunction {
    const { documentsBucket } = props;
    const sweep = new ScheduledFunction(this, 'DocumentsSweep', {
      ...maintenance(props),
      bundle: 'documents-sweep',
      description: 'Finishes deletions that a crash interrupted and forgets uploads that never arrived.',
      impact:
        'Files of deleted documents and abandoned uploads stay in the bucket; users notice nothing, but data ' +
        'they deleted is still stored.',
      every: sweepInterval,
      memoryMiB: 256,
      timeoutSeconds: 60,
    });
    props.database.grantConnect(sweep.function, 'maintenance');
    grantObjects(
      sweep.function,
      [
        { can: ['delete'], under: 'quarantine/*' },
        { can: ['delete'], under: 'users/*' },
      ],
      documentsBucket,
    );
    return sweep;
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
    const { network, database, connections, documentsBucket, functions } = props;
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
      environment: { ...database.environmentFor('app'), DOCUMENTS_BUCKET: documentsBucket.bucketName },
    });
    database.grantConnect(accountExport.function, 'app');
    grantObjects(
      accountExport.function,
      [
        { can: ['read'], under: 'users/*' },
        { can: ['write', 'abort'], under: 'exports/*' },
      ],
      documentsBucket,
    );
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
