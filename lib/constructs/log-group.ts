import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup as AwsLogGroup, type LogGroupProps as AwsLogGroupProps } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import type { Encryption } from './encryption';
import { applyRemoval, type Removal } from './removal';

export interface LogGroupProps {
  readonly retentionDays: EnvironmentConfig['logRetentionDays'];
  readonly removal: Removal;
  readonly encryption: Encryption;
  /** @default a generated name, which cannot collide with a group that an earlier deployment left behind */
  readonly name?: string;
}

/** The only log group in the repository: always with a retention, encrypted with our key where there is one. */
export class LogGroup extends AwsLogGroup {
  constructor(scope: Construct, id: string, props: LogGroupProps) {
    const { retentionDays, removal, encryption, name } = props;
    const aws: AwsLogGroupProps = {
      retention: retentionDays,
      ...(encryption.logs && { encryptionKey: encryption.logs }),
      ...(name && { logGroupName: name }),
    };
    super(scope, id, aws);
    applyRemoval(
      this,
      // A group that outlived a first deployment that failed would make the second one fail, too: its name is taken.
      removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    );
  }
}
