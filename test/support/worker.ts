import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { openWorkerDatabase, type SystemDatabase } from '../../lambdas/shared/database';
import { maxReceives } from '../../lambdas/shared/processing/contract';
import type { FileRow, Job, Processor } from '../../lambdas/shared/processing/processor';
import { createQueueHandler, type WorkerDependencies } from '../../lambdas/shared/processing/queue-handler';
import { sqsWorkQueue } from '../../lambdas/shared/processing/work-queue';
import type { Queue, SqsEngine } from '../../scripts/local/aws/sqs/engine';
import type { MessageAttributes } from '../../scripts/local/aws/sqs/message';
import { sqsEvent } from '../../scripts/local/lambda/sqs-event';
import type { TestDatabase } from './database';
import type { TestBucket } from './object-store';

export interface TestFile {
  readonly id: string;
  readonly key: string;
  readonly version: string;
}

export interface Outcome {
  readonly status: string;
  readonly failure: string | null;
  readonly crashes: number;
  readonly claimed: boolean;
  /** Commits of `save`. */
  readonly saves: number;
}

export type Work = (job: Job<FileRow>) => Promise<string>;

/** Time until a message that nobody postponed is visible again. */
const visibilitySeconds = 600;

/**
 * A worker as Lambda runs it: messages of a real queue in batches, real database and bucket. Time is that of the
 * queue, which tests let pass.
 */
export class TestWorker {
  /** What it does with a file; by default it is done at once. */
  work: Work = async () => 'done';
  secondsPerFile = 30;
  /** Milliseconds that an invocation has left, asked before each file. */
  remaining: () => number = () => 900_000;
  readonly processed: string[] = [];
  /** What the database, the bucket and the queue are for the next invocations. */
  around: (deps: WorkerDependencies) => WorkerDependencies = (deps) => deps;
  readonly #database: SystemDatabase;

  private constructor(
    private readonly test: TestDatabase,
    private readonly bucket: TestBucket,
    readonly queue: Queue,
    readonly deadLetters: Queue,
    readonly userId: string,
  ) {
    this.#database = openWorkerDatabase(async () => test.target('worker'));
  }

  static async start(test: TestDatabase, bucket: TestBucket): Promise<TestWorker> {
    const { sqs } = bucket.aws;
    const deadLetters = await sqs.createQueue({ name: 'dead-letters' });
    const queue = await sqs.createQueue({
      name: 'work',
      properties: {
        VisibilityTimeout: visibilitySeconds,
        RedrivePolicy: { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: maxReceives },
      },
    });
    await test.admin.query(
      `create table if not exists landfall.saves (document_id uuid, result text);
       grant insert on landfall.saves to worker`,
    );
    const { rows } = await test.admin.query('insert into landfall.users default values returning id');
    return new TestWorker(test, bucket, queue, deadLetters, rows[0].id);
  }

  get sqs(): SqsEngine {
    return this.bucket.aws.sqs;
  }

  get database(): SystemDatabase {
    return this.#database;
  }

  readonly clock = () => new Date(this.sqs.now());

  pass(seconds: number): void {
    this.sqs.advance(seconds * 1000);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Empties queues and tables. */
  async reset(): Promise<void> {
    await this.test.admin.query(
      'truncate landfall.documents, landfall.uploads, landfall.saves, landfall.idempotency_keys cascade',
    );
    await this.sqs.purge(this.queue);
    await this.sqs.purge(this.deadLetters);
    this.work = async () => 'done';
    this.remaining = () => 900_000;
    this.around = (deps) => deps;
    this.secondsPerFile = 30;
    this.processed.length = 0;
  }

  /** An object under its final key, as a completed upload leaves it. */
  async object(key: string, content = 'content'): Promise<string> {
    const put = new PutObjectCommand({ Bucket: this.bucket.name, Key: key, Body: content });
    return (await this.bucket.client.send(put)).VersionId as string;
  }

  keyOf(id: string): string {
    return `users/${this.userId}/resumes/${id}-a.pdf`;
  }

  /** A file with its object and its row. */
  async file(content?: string): Promise<TestFile> {
    const id = randomUUID();
    const key = this.keyOf(id);
    const version = await this.object(key, content);
    await this.row(id, version);
    return { id, key, version };
  }

  async row(id: string, version: string | null, columns = ''): Promise<void> {
    await this.test.admin.query(
      `insert into landfall.documents
         (id, user_id, type, name, file_name, mime_type, size, object_key, object_version, status, created_at, updated_at)
       values ($1, $2, 'resume', 'n', 'a.pdf', 'application/pdf', 7, $3, $4, 'processing', now(), now())`,
      [id, this.userId, this.keyOf(id), version],
    );
    if (columns) await this.set(id, columns);
  }

  async set(id: string, columns: string): Promise<void> {
    await this.test.admin.query(`update landfall.documents set ${columns} where id = $1`, [id]);
  }

  /** Sends what EventBridge would. */
  async send(
    { key, version }: Pick<TestFile, 'key' | 'version'>,
    { redrive = false, event = objectCreated(this.bucket.name, key, version) } = {},
  ): Promise<void> {
    const attributes: MessageAttributes = redrive
      ? { 'landfall-redrive': { DataType: 'String', StringValue: 'true' } }
      : {};
    await this.sqs.send(this.queue, [{ body: JSON.stringify(event), attributes }]);
  }

  deps(around = this.around): WorkerDependencies {
    const { url } = this.bucket.aws;
    const variables = {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'ASIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
    };
    const urls = { queueUrl: this.sqs.urlOf(this.queue), deadLettersUrl: this.sqs.urlOf(this.deadLetters) };
    return around({
      database: this.#database,
      storage: this.bucket.store,
      queue: sqsWorkQueue(urls, variables),
      clock: this.clock,
    });
  }

  handler(around = this.around): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
    const processor: Processor<FileRow, string> = {
      table: 'documents',
      columns: ['id'],
      secondsPerFile: this.secondsPerFile,
      process: async (job) => {
        this.processed.push(job.row.id);
        return this.work(job);
      },
      save: async (query, row, result) => {
        await query('insert into landfall.saves values ($1, $2)', [row.id, result]);
      },
    };
    return createQueueHandler(processor, this.deps(around));
  }

  /**
   * One invocation with what is visible now. `died` says afterwards whether the process was killed: then Lambda
   * deletes nothing. Answers how many messages there were, and how many failed.
   */
  async invoke({
    max = 10,
    around = this.around,
    died = (): boolean => false,
  } = {}): Promise<{ messages: number; failed: number }> {
    const delivered = await this.sqs.take(this.queue, { max });
    if (delivered.length === 0) return { messages: 0, failed: 0 };
    const event = sqsEvent(delivered, { queueArn: this.queue.arn, region: 'us-east-1' });
    const context = {
      awsRequestId: 'request',
      getRemainingTimeInMillis: () => this.remaining(),
    } as unknown as Context;
    const answer = await this.handler(around)(event as unknown as SQSEvent, context);
    if (died()) return { messages: delivered.length, failed: delivered.length };
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = delivered.filter(({ message }) => !failed.has(message.id));
    await this.sqs.delete(
      this.queue,
      done.map(({ receiptHandle }) => receiptHandle),
    );
    return { messages: delivered.length, failed: failed.size };
  }

  /** Invokes and lets time pass until the queue is empty. */
  async drain(max = 10): Promise<void> {
    for (let round = 0; this.sqs.messages(this.queue).length > 0; round++) {
      if (round > 500) throw new Error('expected the queue to become empty, found messages after 500 rounds');
      if ((await this.invoke({ max })).messages === 0) this.pass(this.secondsUntilVisible());
    }
  }

  /** Until the next message of the queue can be received. */
  secondsUntilVisible(): number {
    const times = this.sqs.messages(this.queue).map(({ state }) => state.visibleAt - this.sqs.now());
    return times.length === 0 ? 0 : Math.max(0.001, Math.min(...times) / 1000);
  }

  async outcome(id: string): Promise<Outcome | undefined> {
    const { rows } = await this.test.admin.query(
      `select status, failure, crashes::int, claimed_until is not null as claimed,
              (select count(*)::int from landfall.saves s where s.document_id = d.id) as saves
       from landfall.documents d where id = $1`,
      [id],
    );
    return rows[0];
  }

  async outcomes(files: readonly TestFile[]): Promise<(Outcome | undefined)[]> {
    const outcomes: (Outcome | undefined)[] = [];
    for (const { id } of files) outcomes.push(await this.outcome(id));
    return outcomes;
  }

  /** Reason and key of every dead letter; null for those that SQS moved. */
  givenUp(): { reason: string | undefined; key: string | undefined; error: string | undefined }[] {
    return this.sqs.messages(this.deadLetters).map(({ message: { attributes } }) => ({
      reason: attributes['landfall-reason']?.StringValue,
      key: attributes['landfall-key']?.StringValue,
      error: attributes['landfall-error']?.StringValue,
    }));
  }
}

export function objectCreated(bucket: string, key: string, version: string): object {
  return {
    version: '0',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 7, etag: 'e', 'version-id': version, sequencer: '0' },
      reason: 'CopyObject',
    },
  };
}

export function scanned(bucket: string, key: string, version: string, scanResultStatus: string): object {
  return {
    version: '0',
    source: 'aws.guardduty',
    'detail-type': 'GuardDuty Malware Protection Object Scan Result',
    detail: {
      schemaVersion: '1.0',
      scanStatus: 'COMPLETED',
      resourceType: 'S3_OBJECT',
      s3ObjectDetails: {
        bucketName: bucket,
        objectKey: key,
        eTag: 'e',
        versionId: version,
        s3Throttled: false,
      },
      scanResultDetails: { scanResultStatus, threats: null },
    },
  };
}
