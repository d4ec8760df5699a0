import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct, type IConstruct } from 'constructs';
import { type FunctionDefaults, type FunctionNetwork, NodeFunction } from './function';
import { grantKeyThrough } from './key-use';
import { allowToRead } from './secret-access';

/** Lambda ends a function after 15 minutes at the latest; the trigger has to outlive it to hear why. */
const timeoutSeconds = 840;

export interface MigrationsProps extends FunctionDefaults {
  readonly network: FunctionNetwork;
  readonly secret: ISecret;
  /** Key of our own that encrypts the secret. @default the key that AWS manages for Secrets Manager */
  readonly secretKey?: IKey | undefined;
  readonly environment: Record<string, string>;
  /** @default none */
  readonly securityGroups?: ISecurityGroup[];
}

/**
 * Applies the schema migrations during the deployment. The trigger names a version of the function, and a version
 * follows from its code, which contains the SQL: so it runs again whenever either changes, and never otherwise. An
 * error of the function fails the trigger, the stack and the deployment.
 */
export class Migrations extends Construct {
  readonly handler: NodeFunction;
  private readonly trigger: Trigger;

  constructor(scope: Construct, id: string, props: MigrationsProps) {
    super(scope, id);
    const { secret, secretKey, environment, ...defaults } = props;
    this.handler = new NodeFunction(this, 'Function', {
      ...defaults,
      bundle: 'migrations',
      description: 'Applies schema migrations during a deployment',
      memoryMiB: 512,
      timeoutSeconds,
      environment: { ...environment, DATABASE_SECRET_ARN: secret.secretArn },
      reservedConcurrency: {
        reason: 'Runs once per deployment; an advisory lock keeps a second run waiting.',
        date: '2026-11-20',
      },
      deadLetterQueue: {
        reason: 'CloudFormation invokes it synchronously and reports its error itself.',
        date: '2026-11-20',
      },
    });
    allowToRead(this.handler, secret);
    grantKeyThrough('secretsmanager', secretKey, this.handler, 'kms:Decrypt');
    this.trigger = new Trigger(this, 'OnDeploy', {
      handler: this.handler,
      timeout: Duration.seconds(timeoutSeconds + 30),
    });
    this.runAfter(...this.handler.connections.securityGroups);
  }

  /** Holds the run back until the constructs, with the rules of their security groups, are deployed. */
  runAfter(...constructs: IConstruct[]): void {
    this.trigger.node.addDependency(...constructs);
  }
}
