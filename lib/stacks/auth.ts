import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { AuthConfig } from '../config/schema';
import type { ConnectionShares } from '../constructs/connection-budget';
import type { DatabaseAccess } from '../constructs/database-access';
import type { FunctionDefaults, FunctionNetwork, NodeFunction } from '../constructs/function';
import { IdentityProviders } from '../constructs/identity-providers';
import { MagicLink } from '../constructs/magic-link';
import type { Monitored } from '../constructs/monitored';
import { referToStrongly } from '../constructs/references';
import type { Table } from '../constructs/table';
import { UserPool } from '../constructs/user-pool';
import { addDomain } from '../constructs/user-pool-domain';
import { UserPoolTriggers } from '../constructs/user-pool-triggers';
import { WebAcl } from '../constructs/web-acl';
import { WebClient } from '../constructs/web-client';
import { outputs } from '../outputs';

export interface AuthStackProps extends StackProps {
  readonly auth: AuthConfig;
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies that the database allows, by function. @default not limited */
  readonly connections?: ConnectionShares | undefined;
  readonly functions: FunctionDefaults;
}

/** Users of the application: a Cognito pool, its ways in, what it asks us, and its client. */
export class AuthStack extends Stack {
  readonly userPool: IUserPool;
  readonly client: IUserPoolClient;
  /** Only with `auth.magicLink`. */
  readonly magicLinks: Table | undefined;
  readonly functions: readonly NodeFunction[];
  readonly monitored: Monitored[];

  constructor(scope: Construct, id: string, props: AuthStackProps) {
    super(scope, id, props);
    const { auth, functions } = props;

    const userPool = new UserPool(this, 'Users', { auth, removal: functions.removal });
    const providers = new IdentityProviders(this, 'IdentityProviders', {
      userPool,
      identityProviders: auth.identityProviders,
    });
    const client = new WebClient(userPool, 'Web', { userPool, auth, identityProviders: providers.all });
    referToStrongly(userPool, client);

    const triggers = new UserPoolTriggers(this, 'Triggers', { ...props, userPool });
    const magicLink = auth.magicLink
      ? new MagicLink(this, 'MagicLink', { userPool, magicLink: auth.magicLink, functions })
      : undefined;
    if (magicLink) referToStrongly(magicLink.table);
    if (auth.waf) {
      new WebAcl(this, 'Firewall', {
        ...functions,
        resourceArn: userPool.userPoolArn,
        protects: 'user-pool',
      });
    }

    this.userPool = userPool;
    this.client = client;
    this.magicLinks = magicLink?.table;
    this.functions = [...triggers.all.map((trigger) => trigger.function), ...(magicLink?.functions ?? [])];
    this.monitored = [
      ...triggers.all.flatMap((trigger) => trigger.monitored),
      ...(magicLink?.monitored ?? []),
    ];

    new CfnOutput(this, outputs.userPoolId, { value: userPool.userPoolId });
    new CfnOutput(this, outputs.userPoolClientId, { value: client.userPoolClientId });
    if (auth.domain) {
      const domain = addDomain(userPool, auth.domain);
      new CfnOutput(this, outputs.userPoolDomain, { value: domain.baseUrl() });
      if ('name' in auth.domain) {
        new CfnOutput(this, outputs.userPoolDomainTarget, { value: domain.cloudFrontEndpoint });
      }
    }
  }
}
