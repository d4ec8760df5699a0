import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnAccount, type CfnRestApi, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { stageName } from './contract-api';
import type { FunctionDefaults } from './function';
import { LogGroup } from './log-group';
import { applyRemoval } from './removal';

export interface ExecutionLogsProps extends Omit<FunctionDefaults, 'assetsDirectory'> {
  readonly api: RestApi;
}

/**
 * Execution logs of an API. API Gateway would create the log group by itself, unencrypted and kept forever, so
 * it is created under the very name API Gateway uses, before the stage. The permission to write is a setting of
 * the whole account and region; it stays when this stack goes, because other APIs may rely on it.
 */
export class ExecutionLogs extends Construct {
  constructor(scope: Construct, id: string, props: ExecutionLogsProps) {
    super(scope, id);
    const { api, logRetentionDays, removal, encryption } = props;

    const logGroup = new LogGroup(this, 'Group', {
      // The stage's own name would be a reference, and a circle: it waits for this group.
      name: `API-Gateway-Execution-Logs_${api.restApiId}/${stageName}`,
      retentionDays: logRetentionDays,
      removal,
      encryption,
    });
    const role = new Role(this, 'Role', {
      description: 'Lets API Gateway write logs in this account and region',
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs'),
      ],
    });
    acknowledge(
      role,
      {
        reason: 'API Gateway tests the role against exactly this policy before it accepts the setting.',
        date: '2026-11-20',
      },
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    );
    applyRemoval(role, RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    applyRemoval(account, RemovalPolicy.RETAIN);
    // API Gateway refuses the setting in an account that never had an API.
    account.node.addDependency(api.node.defaultChild as CfnRestApi);
    api.deploymentStage.node.addDependency(account, logGroup);
  }
}
