import { Worker } from 'node:worker_threads';
import { ExtractionError } from './failure';
import type { Answer, Order } from './messages';
import type { ExtractedText } from './read';

const mebibyte = 1024 ** 2;

/** How often memory is looked at while a file is read: a thread fills some 50 MB in between at most. */
const watchMilliseconds = 20;

/** One thread. After any failure that is not the thread's own answer it is dead: `usable` tells. */
export class ReaderThread {
  private readonly worker: Worker;
  private readonly startBytes = process.memoryUsage.rss();
  private alive = true;

  constructor(
    file: string,
    readonly memoryBytes: number,
  ) {
    this.worker = new Worker(file, {
      // Nothing of the function's environment: what reads hostile files holds no secrets.
      env: {},
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      // Buffers are not part of these: the watch below counts the whole process.
      resourceLimits: {
        maxOldGenerationSizeMb: Math.floor(this.memoryBytes / mebibyte / 2),
        maxYoungGenerationSizeMb: 32,
      },
    });
    this.worker.unref();
    this.worker.once('exit', () => {
      this.alive = false;
    });
  }

  get usable(): boolean {
    return this.alive;
  }

  read(order: Order, signal?: AbortSignal): Promise<ExtractedText> {
    return new Promise((resolve, reject) => {
      const { worker } = this;
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        clearInterval(watch);
        worker.removeAllListeners('message').removeAllListeners('error').off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        worker.unref();
        outcome();
      };
      const kill = (error: unknown) => {
        this.alive = false;
        settle(() => reject(error));
      };
      const onExit = (code: number) => {
        kill(new ExtractionError('corrupt', `Its reader stopped with code ${code}.`));
      };
      const onAbort = () => kill(signal?.reason);
      const timer = setTimeout(() => {
        kill(new ExtractionError('timeout', `It took longer than ${order.limits.milliseconds} ms.`));
      }, order.limits.milliseconds);
      const watch = setInterval(() => {
        const grown = process.memoryUsage.rss() - this.startBytes;
        if (grown > this.memoryBytes) kill(outOfMemory(this.memoryBytes));
      }, watchMilliseconds);
      worker.ref();
      worker.on('message', (answer: Answer) =>
        settle(() => ('text' in answer ? resolve(answer.text) : reject(failureOf(answer)))),
      );
      worker.on('error', (error: NodeJS.ErrnoException) => {
        kill(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(this.memoryBytes) : error);
      });
      worker.on('exit', onExit);
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.postMessage(order, [order.bytes]);
    });
  }

  async end(): Promise<void> {
    this.alive = false;
    await this.worker.terminate();
  }
}

const failureOf = ({ failure, message }: Extract<Answer, { failure: unknown }>): ExtractionError =>
  new ExtractionError(failure, message);

const outOfMemory = (limit: number): ExtractionError =>
  new ExtractionError('out_of_memory', `Reading it takes more than ${Math.floor(limit / mebibyte)} MiB.`);
