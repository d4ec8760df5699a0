import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { parseMailbox } from '../config/mailbox';
import type { AuthConfig } from '../config/schema';
import { AsyncFunction } from './async-function';
import type { FunctionDefaults, NodeFunction } from './function';
import type { Monitored } from './monitored';
import { removalPolicy } from './removal';
import { Table } from './table';
import type { UserPool } from './user-pool';
import { UserPoolTrigger, type UserPoolTriggerProps, unlimited } from './user-pool-trigger';

export interface MagicLinkProps {
  readonly userPool: UserPool;
  readonly magicLink: NonNullable<AuthConfig['magicLink']>;
  readonly functions: FunctionDefaults;
}

const outside = {
  reason: 'Uses neither database nor cache, and starts faster outside the VPC.',
  date: '2026-11-20',
};

/**
 * Sign-in by a link in a mail, as a custom challenge of the pool. Each function holds one part of it: who asks for a
 * link has no secret, who makes one cannot redeem it, and who redeems one cannot make it.
 */
export class MagicLink extends Construct {
  /** The outstanding link of each user, hashed, and how many each network address has asked for. */
  readonly table: Table;
  readonly functions: readonly NodeFunction[];
  readonly monitored: readonly Monitored[];

  constructor(scope: Construct, id: string, props: MagicLinkProps) {
    super(scope, id);
    const { functions } = props;
    this.table = new Table(this, 'Links', {
      partitionKey: 'pk',
      timeToLive: 'expiresAt',
      removal: functions.removal,
      encryption: functions.encryption,
      noBackupPlan: {
        reason: 'Holds nothing that is worth more than the minutes for which a link is valid.',
        date: '2026-11-26',
      },
    });
    // It seals the links that are on their way; KMS has no rotation for keys of this kind.
    const key = new kms.Key(this, 'Key', {
      description: 'Seals magic links',
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: removalPolicy(functions.removal),
    });
    const sender = this.#createSender(props, key);
    const triggers = this.#createTriggers(props, key, sender.function);
    this.functions = [sender.function, ...triggers.map((trigger) => trigger.function)];
    this.monitored = [...sender.monitored, ...triggers.flatMap(({ monitored }) => monitored)];
  }

  #createSender({ magicLink, functions }: MagicLinkProps, key: kms.IKey): AsyncFunction {
    const sender = new AsyncFunction(this, 'Sender', {
      ...functions,
      bundle: 'magic-link-sender',
      description: 'Makes the one outstanding link of a user and mails it.',
      impact: 'People who asked for a link to sign in with have got none.',
      severity: 'critical',
      runbook: 'magic-link-mails',
      memoryMiB: 512,
      timeoutSeconds: 20,
      retryAttempts: 2,
      // Nobody waits longer for a mail than they would for the link.
      maxEventAge: Duration.minutes(magicLink.minutes),
      network: outside,
      reservedConcurrency: {
        reason: 'SES has a limit of its own, and Lambda repeats what is beyond it.',
        date: '2026-11-26',
      },
      environment: {
        MAGIC_LINK_TABLE: this.table.tableName,
        MAGIC_LINK_KEY: key.keyArn,
        MAGIC_LINK_FROM: magicLink.from,
        MAGIC_LINK_MINUTES: String(magicLink.minutes),
        MAGIC_LINK_APPLICATION: magicLink.application,
      },
    });
    this.table.allow(sender.function, 'dynamodb:PutItem');
    sender.function.addToRolePolicy(
      new PolicyStatement({ actions: ['kms:GenerateMac'], resources: [key.keyArn] }),
    );
    sender.function.addToRolePolicy(this.#sendAs(magicLink.from));
    return sender;
  }

  /** One sender and no other. SES asks about the identity it has verified, which is the address or its domain. */
  #sendAs(mailbox: string): PolicyStatement {
    const { address, domain } = parseMailbox(mailbox);
    const identity = (resourceName: string) =>
      Stack.of(this).formatArn({ service: 'ses', resource: 'identity', resourceName });
    return new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [identity(address), identity(domain)],
      conditions: { StringEquals: { 'ses:FromAddress': address } },
    });
  }

  #createTriggers(
    { userPool, magicLink, functions }: MagicLinkProps,
    key: kms.IKey,
    sender: NodeFunction,
  ): readonly UserPoolTrigger[] {
    const create = (
      id: string,
      own: Pick<UserPoolTriggerProps, 'step' | 'bundle' | 'description' | 'memoryMiB' | 'environment'>,
    ) =>
      new UserPoolTrigger(this, id, {
        ...functions,
        ...own,
        userPool,
        impact: 'Nobody can sign in by magic link; other ways to sign in are not affected.',
        network: outside,
        reservedConcurrency: unlimited,
      });

    const define = create('Define', {
      step: 'defineAuthChallenge',
      bundle: 'auth-challenge-define',
      description: 'Decides what comes next in a sign-in by magic link.',
      memoryMiB: 256,
    });
    const ask = create('Create', {
      step: 'createAuthChallenge',
      bundle: 'auth-challenge-create',
      description: 'Has a magic link sent, if there is a user to send it to.',
      memoryMiB: 512,
      environment: {
        MAGIC_LINK_SENDER: sender.functionArn,
        MAGIC_LINK_REDIRECT_URIS: magicLink.redirectUris.join(','),
        MAGIC_LINK_MINUTES: String(magicLink.minutes),
      },
    });
    ask.function.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [sender.functionArn] }),
    );
    const verify = create('Verify', {
      step: 'verifyAuthChallengeResponse',
      bundle: 'auth-challenge-verify',
      description: 'Redeems a magic link, once.',
      memoryMiB: 512,
      environment: { MAGIC_LINK_TABLE: this.table.tableName, MAGIC_LINK_KEY: key.keyArn },
    });
    this.table.allow(verify.function, 'dynamodb:UpdateItem');
    verify.function.addToRolePolicy(
      new PolicyStatement({ actions: ['kms:VerifyMac'], resources: [key.keyArn] }),
    );
    return [define, ask, verify];
  }
}
