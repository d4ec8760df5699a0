import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge, regulated } from './acknowledge';
import { LogGroup, type LogGroupProps } from './log-group';

export interface FlowLogsProps extends LogGroupProps {
  readonly vpc: ec2.IVpc;
}

/**
 * Every accepted and rejected connection of the VPC, in CloudWatch Logs. The L2 construct would let the role pass
 * itself to any service, and any account's flow logs assume it.
 */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    const { vpc, ...logs } = props;
    const stack = Stack.of(this);
    const logGroup = new LogGroup(this, 'LogGroup', logs);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({ service: 'ec2', resource: 'vpc-flow-log', resourceName: '*' }),
          },
        },
      }),
      description: 'Writes VPC flow logs',
    });
    logGroup.grant(role, 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams');
    acknowledge(
      role,
      {
        reason: 'The policy names one log group and lives and dies with the one role that uses it.',
        date: '2026-11-20',
      },
      ...regulated('IAMNoInlinePolicy'),
    );
    const flowLog = new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: vpc.vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: logGroup.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
      maxAggregationInterval: 600,
    });
    // The first delivery would be refused before the policy is attached.
    flowLog.node.addDependency(role);
  }
}
