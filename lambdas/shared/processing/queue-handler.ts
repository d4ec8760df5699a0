import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Clock, secondsAfter } from '../clock';
import type { SystemDatabase } from '../database';
import { ApiError } from '../errors';
import { logger } from '../logger';
import type { ObjectStore } from '../object-store';
import { type Claim, claim, fail, holdClaim, makeReady, releaseClaim } from './claims';
import { claimSeconds, maxReceives } from './contract';
import { type FileEvent, parseFileEvent } from './file-event';
import { type FileRow, ProcessingFailure, type Processor } from './processor';
import type { WorkQueue } from './work-queue';

export interface WorkerDependencies {
  readonly database: SystemDatabase;
  readonly storage: Pick<ObjectStore, 'find'>;
  readonly queue: WorkQueue;
  readonly clock: Clock;
}

/** What becomes of a message: done with, or back in the queue to be received again after so many seconds. */
type Outcome = { readonly done: string } | { readonly again: string; readonly seconds: number };

/** Message attribute of a message that was given up and is to be tried anew. */
const redriveAttribute = 'landfall-redrive';

/** 5 s, doubled with each time that a message was received, up to 5 minutes. */
const backoffSeconds = (receives: number): number => Math.min(5 * 2 ** (receives - 1), 300);

/**
 * The handler of a worker. Files of a batch are worked on one after the other, each claimed just before its turn: what
 * kills the process counts against one file only, and its neighbours lose nothing but the time until they are received
 * again.
 */
export function createQueueHandler<Row, Result>(
  processor: Processor<Row, Result>,
  deps: WorkerDependencies,
): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
  return async ({ Records }, context) => {
    const failed: SQSRecord[] = [];
    for (const record of Records) {
      const enough = context.getRemainingTimeInMillis() >= claimSeconds(processor.secondsPerFile) * 1000;
      const outcome = enough
        ? await new Message(processor, deps, record, context.awsRequestId).handle()
        : { again: 'no time left', seconds: 0 };
      if ('done' in outcome) continue;
      failed.push(record);
      await deps.queue
        .postpone(record.receiptHandle, outcome.seconds)
        // It comes back all the same, when its visibility timeout ends.
        .catch((error: Error) => logger.warn('message not postponed', { error }));
    }
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/** One message of a batch. */
class Message<Row, Result> {
  readonly #receives: number;
  readonly #redriven: boolean;

  constructor(
    private readonly processor: Processor<Row, Result>,
    private readonly deps: WorkerDependencies,
    private readonly record: SQSRecord,
    private readonly requestId: string,
  ) {
    this.#receives = Number(record.attributes.ApproximateReceiveCount);
    this.#redriven = redriveAttribute in record.messageAttributes;
  }

  async handle(): Promise<Outcome> {
    const { messageId, body } = this.record;
    let event: FileEvent;
    try {
      event = parseFileEvent(body);
    } catch (error) {
      logger.error('message not understood', { messageId, error: error as Error });
      return this.#giveUp(undefined, 'unreadable', error, undefined);
    }
    const outcome = await this.#work(event);
    const { table } = this.processor;
    logger.info('file', { table, key: event.key, messageId, receives: this.#receives, ...outcome });
    return outcome;
  }

  async #work(event: FileEvent): Promise<Outcome> {
    const { database, clock } = this.deps;
    let claimed: Claim<Row>;
    try {
      const now = clock();
      const until = secondsAfter(now, claimSeconds(this.processor.secondsPerFile));
      claimed = await database.transaction((query) =>
        claim<Row>(query, this.processor, event, { now, until, redriven: this.#redriven }),
      );
    } catch (error) {
      return this.#tryAgain(event, error, undefined);
    }
    switch (claimed.state) {
      case 'claimed':
        return this.#process(event, claimed.row, claimed.until);
      case 'busy': {
        const seconds = Math.ceil((claimed.until.getTime() - clock().getTime()) / 1000) + 1;
        return { again: 'busy', seconds: Math.max(seconds, 1) };
      }
      case 'early':
        // Whoever completes the upload later copies it anew, which is another event.
        return this.#receives >= maxReceives
          ? { done: 'abandoned' }
          : { again: 'early', seconds: backoffSeconds(this.#receives) };
      case 'crashed':
        return this.#giveUp(event, 'crashed', new Error('the worker ended while it worked on it'), undefined);
      default:
        return { done: claimed.state };
    }
  }

  async #process(event: FileEvent, row: Row & FileRow, until: Date): Promise<Outcome> {
    const { database, clock } = this.deps;
    try {
      if (event.scan === 'threat') throw new ProcessingFailure('malware', 'a scan found malware');
      if (event.scan === 'unscannable') throw new ProcessingFailure('unscannable', 'it could not be scanned');
      const result = await this.#limited(event, row);
      const saved = await database.transaction(async (query) => {
        if (!(await holdClaim(query, this.processor, row, until))) return false;
        const now = clock();
        await this.processor.save(query, row, result, now);
        await makeReady(query, this.processor, row, now);
        return true;
      });
      return saved ? { done: 'ready' } : lost;
    } catch (error) {
      return error instanceof ProcessingFailure
        ? this.#fail(event, error, until)
        : this.#tryAgain(event, error, { row, until });
    }
  }

  /** The work on the file, for as long as a file may take. */
  async #limited(event: FileEvent, row: Row & FileRow): Promise<Result> {
    const { secondsPerFile } = this.processor;
    const object = await this.deps.storage.find(event.key, event.versionId);
    if (!object) throw new Error(`expected version ${event.versionId} of ${event.key}, found no such object`);
    const controller = new AbortController();
    const { signal } = controller;
    const timeout = new ProcessingFailure('timeout', `not done within ${secondsPerFile} s`);
    const timer = setTimeout(() => controller.abort(timeout), secondsPerFile * 1000);
    try {
      return await Promise.race([
        this.processor.process({ row, object, signal, requestId: this.requestId }),
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(timeout))),
      ]);
    } catch (error) {
      throw signal.aborted ? timeout : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #fail(event: FileEvent, { code, message }: ProcessingFailure, until: Date): Promise<Outcome> {
    const { database, clock } = this.deps;
    try {
      const failed = await database.transaction((query) =>
        fail(query, this.processor, event, { code, now: clock(), claimed: until }),
      );
      if (failed) logger.warn('file failed', { key: event.key, code, reason: message });
      return failed ? { done: code } : lost;
    } catch (error) {
      return this.#tryAgain(event, error, undefined);
    }
  }

  async #tryAgain(
    event: FileEvent,
    error: unknown,
    held: { row: FileRow; until: Date } | undefined,
  ): Promise<Outcome> {
    const { key } = event;
    logger.warn('another try may help', { key, receives: this.#receives, error: error as Error });
    if (this.#receives >= maxReceives)
      return this.#giveUp(event, isUnavailable(error) ? 'unavailable' : 'internal', error, held?.until);
    if (held) {
      await this.deps.database
        .transaction((query) => releaseClaim(query, this.processor, held.row, held.until))
        // Then the claim ends by itself, and counts as a crash.
        .catch((cause: Error) => logger.warn('claim not released', { key, error: cause }));
    }
    return { again: 'transient', seconds: backoffSeconds(this.#receives) };
  }

  /** Fails the row and keeps the message for people: both, or the message at least, or neither and SQS moves it. */
  async #giveUp(
    event: FileEvent | undefined,
    code: string,
    error: unknown,
    claimed: Date | undefined,
  ): Promise<Outcome> {
    const { database, queue, clock } = this.deps;
    const why = {
      reason: code,
      error: error instanceof Error ? error.message : String(error),
      key: event?.key,
    };
    const keep = () => queue.giveUp(this.record.body, why);
    logger.error('message given up', { ...why, messageId: this.record.messageId });
    let kept = false;
    try {
      if (!event) {
        await keep();
        return { done: code };
      }
      const failed = await database.transaction(async (query) => {
        if (!(await fail(query, this.processor, event, { code, now: clock(), claimed }))) return false;
        // Before the commit: a row that has failed without a message would never be looked at again.
        await keep();
        kept = true;
        return true;
      });
      return failed ? { done: code } : lost;
    } catch (cause) {
      logger.warn('row not failed', { key: event?.key, error: cause as Error });
      try {
        if (!kept) await keep();
        return { done: code };
      } catch (again) {
        logger.warn('message left to SQS', { key: event?.key, error: again as Error });
        return { again: code, seconds: backoffSeconds(this.#receives) };
      }
    }
  }
}

/** Another worker has the row, or its user deleted it: the next look says which. */
const lost: Outcome = { again: 'lost', seconds: 1 };

/** The database or S3 is away, rather than our code wrong. */
function isUnavailable(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'unavailable' || error.code === 'timeout');
}
