import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { DatabaseAccess } from '../constructs/database-access';
import type { FunctionDefaults, FunctionNetwork } from '../constructs/function';
import type { Monitored } from '../constructs/monitored';
import { grantObjects } from '../constructs/route-grants';
import { ScheduledFunction } from '../constructs/scheduled-function';

export interface JobsStackProps extends StackProps {
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  readonly documentsBucket: IBucket;
  readonly functions: FunctionDefaults;
}

/** Copies of the sweep at a time: two would only wait for each other's row locks. */
export const sweepConcurrency = 1;

/** Work that no request waits for. */
export class JobsStack extends Stack {
  readonly sweep: ScheduledFunction;
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: JobsStackProps) {
    super(scope, id, props);
    const { network, database, documentsBucket, functions } = props;

    this.sweep = new ScheduledFunction(this, 'DocumentsSweep', {
      ...functions,
      bundle: 'documents-sweep',
      description: 'Finishes deletions that a crash interrupted and forgets uploads that never arrived.',
      impact:
        'Files of deleted documents and abandoned uploads stay in the bucket; users notice nothing, but data ' +
        'they deleted is still stored.',
      every: Duration.minutes(15),
      memoryMiB: 256,
      timeoutSeconds: 60,
      network,
      securityGroups: database.clientSecurityGroups,
      reservedConcurrency: sweepConcurrency,
      environment: {
        ...database.environmentFor('maintenance'),
        DOCUMENTS_BUCKET: documentsBucket.bucketName,
      },
    });
    database.grantConnect(this.sweep.function, 'maintenance');
    grantObjects(
      this.sweep.function,
      [
        { bucket: 'documents', can: ['delete'], under: 'quarantine/*' },
        { bucket: 'documents', can: ['delete'], under: 'users/*' },
      ],
      documentsBucket,
    );
    this.monitored = [...this.sweep.monitored];
  }
}
