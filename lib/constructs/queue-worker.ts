import { Duration, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxReceives, secondsOfBatch, type WorkerContract } from '../../lambdas/shared/processing/contract';
import { acknowledge } from './acknowledge';
import type { DatabaseAccess } from './database-access';
import { DeadLetterQueue } from './dead-letter-queue';
import { failingRuns } from './failing-runs';
import { type FunctionDefaults, type FunctionNetwork, NodeFunction } from './function';
import { grantKeyThrough } from './key-use';
import type { Monitored } from './monitored';
import { applyRemoval, removalPolicy } from './removal';
import { grantObjects } from './route-grants';

export type Buckets = { readonly [name in WorkerContract['source']['bucket']]?: IBucket | undefined };

export interface QueueWorkerProps extends FunctionDefaults {
  readonly worker: WorkerContract;
  readonly buckets: Buckets;
  /** Files are worked on when a scan for malware has found nothing, and not when they arrive. */
  readonly scanned: boolean;
  readonly network: FunctionNetwork;
  readonly database: DatabaseAccess;
  /** Copies at a time; event source mappings take at least 2. */
  readonly concurrency: number;
  /** @default none beyond those of every worker */
  readonly environment?: Record<string, string>;
}

/** Half an hour is longer than a file that fails again and again stays in the queue. */
const oldestMessageSeconds = 1800;

/**
 * A function that works on the files that arrive under a prefix: rule, queue, dead letters, function, and what is
 * watched on them.
 */
export class QueueWorker extends Construct {
  readonly function: NodeFunction;
  readonly queue: Queue;
  readonly deadLetters: DeadLetterQueue;
  readonly monitored: readonly Monitored[];

  constructor(scope: Construct, id: string, props: QueueWorkerProps) {
    super(scope, id);
    const { worker, network, database, concurrency, buckets, removal, encryption, environment = {} } = props;
    checkTime(worker);
    if (concurrency < 2) {
      throw new Error(
        `${this.node.path}: expected at least 2 copies, the least an event source mapping takes, found ${concurrency}`,
      );
    }
    const bucket = bucketOf(buckets, worker.source.bucket);
    const key = encryption.messages;

    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', { removal, encryption });
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      // Lambda advises six times the timeout: a batch may be throttled and retried before the function sees it.
      visibilityTimeout: Duration.seconds(6 * worker.timeoutSeconds),
      // Far below that of the dead letters, where SQS counts from the day that a message was first sent.
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
      ...(key
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
        : { encryption: QueueEncryption.SQS_MANAGED }),
    });
    applyRemoval(this.queue, removalPolicy(removal));

    this.function = new NodeFunction(this, 'Function', {
      ...props,
      bundle: worker.bundle,
      description: worker.description,
      memoryMiB: worker.memoryMiB,
      timeoutSeconds: worker.timeoutSeconds,
      network,
      securityGroups: database.clientSecurityGroups,
      reservedConcurrency: concurrency,
      deadLetterQueue: {
        reason: 'Called by an event source mapping; the queue has the dead letters.',
        date: '2026-11-26',
      },
      environment: {
        ...database.environmentFor('worker'),
        SOURCE_BUCKET: bucket.bucketName,
        QUEUE_URL: this.queue.queueUrl,
        DEAD_LETTERS_URL: this.deadLetters.queueUrl,
        ...environment,
      },
    });
    this.#grant(props, bucket);
    this.#route(props, bucket);
    this.#listen(props);
    this.monitored = this.#watch(worker);
  }

  #grant({ worker, buckets, database, encryption }: QueueWorkerProps, bucket: IBucket): void {
    database.grantConnect(this.function, 'worker');
    grantObjects(this.function, [{ can: ['read-version'], under: `${worker.source.prefix}*` }], bucket);
    for (const name of ['documents', 'photos'] as const) {
      const uses = (worker.uses ?? []).filter((use) => use.bucket === name);
      if (uses.length > 0) grantObjects(this.function, uses, bucketOf(buckets, name));
    }
    this.function.addToRolePolicy(
      new PolicyStatement({
        // The first three for Lambda, which polls in the name of the function.
        actions: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ],
        resources: [this.queue.queueArn],
      }),
    );
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
    );
    grantKeyThrough('sqs', encryption.messages, this.function, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** From the bucket to the queue, by EventBridge. */
  #route({ worker, scanned }: QueueWorkerProps, bucket: IBucket): void {
    const { bundle, source } = worker;
    const name = [bucket.bucketName];
    const key = [{ prefix: source.prefix }];
    const rule = new CfnRule(this, 'Rule', {
      description: `Files for ${bundle}`,
      eventPattern: scanned
        ? {
            source: ['aws.guardduty'],
            'detail-type': ['GuardDuty Malware Protection Object Scan Result'],
            detail: { s3ObjectDetails: { bucketName: name, objectKey: key } },
          }
        : {
            source: ['aws.s3'],
            'detail-type': ['Object Created'],
            detail: { bucket: { name }, object: { key } },
          },
      targets: [
        {
          id: 'queue',
          arn: this.queue.queueArn,
          // The defaults of EventBridge, written down: a day, and nothing lost after it.
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
          deadLetterConfig: { arn: this.deadLetters.queueArn },
        },
      ],
    });
    for (const queue of [this.queue, this.deadLetters]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: {
            ArnEquals: { 'aws:SourceArn': rule.attrArn },
            StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          },
        }),
      );
    }
  }

  /** From the queue to the function. */
  #listen({ worker, concurrency }: QueueWorkerProps): void {
    const mapping = new CfnEventSourceMapping(this, 'Messages', {
      functionName: this.function.functionArn,
      eventSourceArn: this.queue.queueArn,
      batchSize: worker.batchSize,
      functionResponseTypes: ['ReportBatchItemFailures'],
      // As many as the function may have: Lambda would receive more and throw them back, which counts as receiving.
      scalingConfig: { maximumConcurrency: concurrency },
    });
    // Lambda checks at creation that it may poll.
    if (this.function.role) mapping.node.addDependency(this.function.role);
    acknowledge(
      mapping,
      {
        reason: 'The queue has a dead-letter queue; SQS takes no destination on the mapping.',
        date: '2026-11-26',
      },
      'Serverless-LambdaEventSourceMappingDestination',
    );
  }

  #watch({ bundle, impact }: WorkerContract): Monitored[] {
    const period = Duration.minutes(5);
    return [
      {
        id: `${bundle}-dead-letters`,
        title: `${bundle}: files given up`,
        metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
        threshold: 0,
        severity: 'critical',
        impact,
        runbook: 'files-given-up',
      },
      {
        id: `${bundle}-age`,
        title: `${bundle}: oldest file waits (s)`,
        metric: this.queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
        threshold: oldestMessageSeconds,
        severity: 'warning',
        impact: `Files wait for longer than ${oldestMessageSeconds / 60} minutes. ${impact}`,
        runbook: 'files-waiting',
      },
      failingRuns(this.function, { bundle, impact, period }),
    ];
  }
}

/** A batch that cannot end in time would go back to the queue again and again, and innocent files be given up. */
function checkTime(worker: WorkerContract): void {
  const needed = secondsOfBatch(worker);
  if (worker.timeoutSeconds >= needed && worker.timeoutSeconds <= 900) return;
  throw new Error(
    `${worker.bundle}: expected a timeout of ${needed} to 900 s for batches of ${worker.batchSize} files, found ` +
      `${worker.timeoutSeconds} s. Raise timeoutSeconds, or lower batchSize or secondsPerFile in its contract.`,
  );
}

function bucketOf(buckets: Buckets, name: keyof Buckets): IBucket {
  const bucket = buckets[name];
  if (!bucket) {
    throw new Error(
      `expected a bucket "${name}", which a worker uses, found none: the storage stack makes it with the capability`,
    );
  }
  return bucket;
}
