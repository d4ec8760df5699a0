import { Worker } from 'node:worker_threads';
import { ExtractionError, type ExtractionFailure } from './failure';
import type { Answer, Message, Order } from './messages';
import type { ExtractedText } from './read';

const mebibyte = 1024 ** 2;

/** How often memory is looked at while a file is read: a thread fills some 50 MB in between at most. */
const watchMilliseconds = 20;

/** After these a thread may still be at work, or hold what it unpacked. */
const spent = new Set<ExtractionFailure>(['timeout', 'too_large_expanded', 'out_of_memory']);

/** The thread ended under a file: of memory, or of an error that nothing in it caught. */
export class ThreadDied extends ExtractionError {}

/** One thread. After any failure that is not the thread's own answer it is of no use any more. */
export class ReaderThread {
  private readonly worker: Worker;
  private readonly startBytes = process.memoryUsage.rss();
  private ready = false;
  private ended = false;

  constructor(
    file: string,
    readonly memoryBytes: number,
  ) {
    this.worker = new Worker(file, {
      // Nothing of the function's environment: what reads hostile files holds no secrets.
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: {
        // Buffers are no part of these; the watch below counts the whole process.
        maxOldGenerationSizeMb: Math.floor(this.memoryBytes / mebibyte / 2),
        maxYoungGenerationSizeMb: 32,
      },
    });
    // A warm thread must not keep a process alive that is done.
    this.worker.unref();
    this.worker.on('message', (message: Message) => {
      if (message === 'ready') this.ready = true;
    });
    // Also between files: an error without a listener would end the function.
    this.worker.on('error', () => {
      this.ended = true;
    });
    this.worker.on('exit', () => {
      this.ended = true;
    });
  }

  get usable(): boolean {
    return !this.ended;
  }

  async read(order: Order, signal?: AbortSignal): Promise<ExtractedText> {
    const { worker } = this;
    const stop = new AbortController();
    try {
      worker.ref();
      return await new Promise<ExtractedText>((resolve, reject) => {
        this.watch(order, reject, stop.signal);
        const onAbort = () => reject(signal?.reason);
        signal?.addEventListener('abort', onAbort, { once: true, signal: stop.signal });
        // biome-ignore lint/suspicious/noExplicitAny: as EventEmitter has it
        const listen = (event: string, listener: (value: any) => void) => {
          worker.on(event, listener);
          stop.signal.addEventListener('abort', () => worker.off(event, listener));
        };
        listen('message', (message: Message) => {
          if (message === 'ready') return;
          if ('text' in message) resolve(message.text);
          else reject(failureOf(message));
        });
        listen('error', (error: NodeJS.ErrnoException) => reject(this.deathBy(error)));
        listen('exit', (code: number) =>
          reject(new ThreadDied('corrupt', `Its reader stopped with code ${code}.`)),
        );
        worker.postMessage(order, [order.bytes]);
      });
    } catch (error) {
      this.ended ||=
        !(error instanceof ExtractionError) || error instanceof ThreadDied || spent.has(error.code);
      throw error;
    } finally {
      stop.abort();
      worker.unref();
    }
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.worker.terminate();
  }

  private watch({ limits }: Order, reject: (error: Error) => void, stop: AbortSignal): void {
    const timer = setTimeout(
      () => reject(new ExtractionError('timeout', `It took longer than ${limits.milliseconds} ms.`)),
      limits.milliseconds,
    );
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() - this.startBytes > this.memoryBytes) reject(this.outOfMemory());
    }, watchMilliseconds);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      clearInterval(watch);
    });
  }

  /** An error before the thread was up is ours, for example a bundle without its second file. */
  private deathBy(error: NodeJS.ErrnoException): Error {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return this.outOfMemory();
    return this.ready ? new ThreadDied('corrupt', `Its reader failed: ${error.message}`) : error;
  }

  private outOfMemory(): ThreadDied {
    return new ThreadDied(
      'out_of_memory',
      `Reading it takes more than ${Math.floor(this.memoryBytes / mebibyte)} MiB.`,
    );
  }
}

const failureOf = ({ failure, message }: Extract<Answer, { failure: unknown }>): ExtractionError =>
  failure === 'out_of_memory' ? new ThreadDied(failure, message) : new ExtractionError(failure, message);
