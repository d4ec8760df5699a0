import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AuthConfig } from '../config/schema';
import { type ConnectionShares, concurrencyOf } from './connection-budget';
import type { DatabaseAccess } from './database-access';
import type { FunctionDefaults, FunctionNetwork } from './function';
import { allowToRead } from './secret-access';
import type { UserPool } from './user-pool';
import { UserPoolTrigger, type UserPoolTriggerProps, unlimited } from './user-pool-trigger';

export interface UserPoolTriggersProps {
  readonly userPool: UserPool;
  readonly auth: AuthConfig;
  readonly functions: FunctionDefaults;
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies that the database allows, by bundle. @default not limited */
  readonly connections?: ConnectionShares | undefined;
}

type Own = Pick<
  UserPoolTriggerProps,
  'step' | 'bundle' | 'description' | 'impact' | 'refuses' | 'memoryMiB' | 'environment'
>;

/** What the pool asks us about every user: who may sign up, who they are to us, and who they were before. */
export class UserPoolTriggers extends Construct {
  readonly all: readonly UserPoolTrigger[];

  constructor(scope: Construct, id: string, props: UserPoolTriggersProps) {
    super(scope, id);
    const { allowedEmailDomains, userMigration } = props.auth;
    this.all = [
      this.#outside(props, 'PreSignUp', {
        step: 'preSignUp',
        bundle: 'pre-sign-up',
        description: 'Refuses addresses of domains that are not allowed.',
        impact: 'Nobody can sign up, unless all who try are refused for the domain of their address.',
        refuses: allowedEmailDomains.length > 0,
        memoryMiB: 256,
        environment: { ALLOWED_EMAIL_DOMAINS: allowedEmailDomains.join(',') },
      }),
      this.#connected(props, 'PostConfirmation', {
        step: 'postConfirmation',
        bundle: 'post-confirmation',
        description: 'Creates the user and identity rows of somebody who has confirmed an address.',
        impact: 'New users see an error when they confirm their address.',
        memoryMiB: 512,
      }),
      this.#connected(props, 'PreTokenGeneration', {
        step: 'preTokenGeneration',
        bundle: 'pre-token-generation',
        description: 'Adds the id that the database knows a user by to the ID token.',
        impact: 'Nobody can sign in or renew a session: the user pool issues no tokens.',
        memoryMiB: 512,
      }),
      ...(userMigration ? [this.#migration(props, userMigration)] : []),
    ];
  }

  #migration(
    props: UserPoolTriggersProps,
    config: NonNullable<AuthConfig['userMigration']>,
  ): UserPoolTrigger {
    const { supabase, importedHashes } = config;
    const secret =
      supabase && secretsmanager.Secret.fromSecretNameV2(this, 'SupabaseSecret', supabase.secretName);
    const own: Own = {
      step: 'userMigration',
      bundle: 'user-migration',
      description: 'Takes over users who sign in with the password they have had at another issuer.',
      impact:
        'Users who have not moved yet can neither sign in nor reset their password, unless all who try have no account.',
      refuses: true,
      // Lambda gives processor time in proportion: a bcrypt hash of cost 10 then takes 0.1 s and not 0.5 s.
      memoryMiB: importedHashes ? 1024 : 512,
      environment: {
        LEGACY_ISSUER: config.issuer,
        MIGRATION_UNTIL: config.until,
        ...(supabase &&
          secret && { LEGACY_SUPABASE_URL: supabase.url, LEGACY_SUPABASE_SECRET_ARN: secret.secretArn }),
        ...(importedHashes && { LEGACY_HASHES: 'true' }),
      },
    };
    const trigger = importedHashes
      ? this.#connected(props, 'UserMigration', own)
      : this.#outside(props, 'UserMigration', own);
    if (secret) allowToRead(trigger.function, secret);
    return trigger;
  }

  /** A trigger that needs nothing inside the VPC. */
  #outside({ functions, userPool }: UserPoolTriggersProps, id: string, own: Own): UserPoolTrigger {
    return new UserPoolTrigger(this, id, {
      ...functions,
      ...own,
      userPool,
      network: {
        reason: 'Uses neither database nor cache, and starts faster outside the VPC.',
        date: '2026-11-20',
      },
      reservedConcurrency: unlimited,
    });
  }

  /** A trigger that asks the database, in the role `identity`. */
  #connected(props: UserPoolTriggersProps, id: string, own: Own): UserPoolTrigger {
    const { functions, userPool, network, database, connections } = props;
    const trigger = new UserPoolTrigger(this, id, {
      ...functions,
      ...own,
      userPool,
      network,
      securityGroups: database.clientSecurityGroups,
      reservedConcurrency: concurrencyOf(connections, own.bundle),
      environment: { ...database.environmentFor('identity'), ...own.environment },
    });
    database.grantConnect(trigger.function, 'identity');
    return trigger;
  }
}
