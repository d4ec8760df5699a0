/**
 * One execution environment of a function: a process of its own that answers one event at a time.
 *
 * A child process rather than a worker thread, because what the template says must hold as on Lambda:
 * NODE_EXTRA_CA_CERTS and TZ are read when a process starts, `process.exit` and a crash end the function and
 * nothing else, the memory limit covers native code's heap too, and an endless loop can be killed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { FunctionError, InvokeMessage, WorkerMessage } from './bootstrap';
import type { FunctionDefinition } from './definition';

export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown; readonly requestId: string }
  | { readonly ok: false; readonly error: FunctionError; readonly requestId: string };

export interface WorkerOptions {
  readonly definition: FunctionDefinition;
  readonly environment: Readonly<Record<string, string>>;
  readonly bootstrapFile: string;
  /** One line of the function's standard output or standard error. */
  readonly log: (line: string) => void;
}

/** Lambda gives the first load of the code at least 10 s, whatever the function's own timeout is. */
const initializationTimeoutMs = 10_000;

interface Pending {
  readonly requestId: string;
  readonly finish: (result: InvocationResult) => void;
}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #process: ChildProcess;
  readonly #ready: Promise<FunctionError | undefined>;
  #markReady: (error: FunctionError | undefined) => void = () => undefined;
  #pending: Pending | undefined;
  #alive = true;
  #killedBecause: FunctionError | undefined;

  constructor(options: WorkerOptions) {
    const { definition, environment, bootstrapFile, log } = options;
    this.#options = options;
    this.#ready = new Promise((resolve) => {
      this.#markReady = resolve;
    });
    this.#process = fork(bootstrapFile, [], {
      cwd: definition.codeDirectory,
      env: environment as NodeJS.ProcessEnv,
      execArgv: [`--max-old-space-size=${heapLimitMiB(definition.memoryMiB)}`, '--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', log);
    }
    this.#process.on('message', (message) => this.#receive(message as WorkerMessage));
    this.#process.on('error', (error) =>
      this.#end({ errorType: 'Runtime.ExitError', errorMessage: error.message }),
    );
    this.#process.on('exit', (code, signal) =>
      this.#end({
        errorType: 'Runtime.ExitError',
        errorMessage: `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`,
      }),
    );
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Never rejects: failures of the function are results, as on Lambda. */
  async invoke(event: unknown, requestId: string = randomUUID()): Promise<InvocationResult> {
    const { definition } = this.#options;
    const failed = await this.#initialize();
    if (failed) return { ok: false, error: failed, requestId };
    return new Promise((resolve) => {
      const timeoutMs = definition.timeoutSeconds * 1000;
      const timer = setTimeout(() => {
        this.kill({
          errorType: 'Sandbox.Timedout',
          errorMessage: `${new Date().toISOString()} ${requestId} Task timed out after ${definition.timeoutSeconds.toFixed(2)} seconds`,
        });
      }, timeoutMs);
      this.#pending = {
        requestId,
        finish: (result) => {
          clearTimeout(timer);
          this.#pending = undefined;
          resolve(result);
        },
      };
      const message: InvokeMessage = {
        requestId,
        event,
        deadlineMs: Date.now() + timeoutMs,
        functionArn: definition.arn,
        traceId: newTraceId(),
        memoryMiB: definition.memoryMiB,
      };
      this.#process.send(message, (error) => {
        if (error) this.#end({ errorType: 'Runtime.ExitError', errorMessage: error.message });
      });
    });
  }

  kill(because: FunctionError): void {
    this.#killedBecause = because;
    this.#process.kill('SIGKILL');
    this.#end(because);
  }

  /** Ends the process; an event in work fails. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.kill({ errorType: 'Runtime.ExitError', errorMessage: 'The local runtime is stopping.' });
    await gone;
  }

  async #initialize(): Promise<FunctionError | undefined> {
    const timer = setTimeout(
      () =>
        this.kill({
          errorType: 'Sandbox.Timedout',
          errorMessage: `The code did not load within ${initializationTimeoutMs / 1000} seconds`,
        }),
      Math.max(initializationTimeoutMs, this.#options.definition.timeoutSeconds * 1000),
    );
    try {
      return await this.#ready;
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === 'ready') {
      this.#markReady(undefined);
      return;
    }
    if (message.kind === 'error' && message.requestId === null) {
      this.kill(message.error);
      return;
    }
    const pending = this.#pending;
    if (!pending || pending.requestId !== message.requestId) return;
    const { requestId } = pending;
    pending.finish(
      message.kind === 'result'
        ? { ok: true, payload: message.payload, requestId }
        : { ok: false, error: message.error, requestId },
    );
  }

  #end(error: FunctionError): void {
    this.#alive = false;
    const reason = this.#killedBecause ?? error;
    this.#markReady(reason);
    if (this.#pending) this.#pending.finish({ ok: false, error: reason, requestId: this.#pending.requestId });
  }
}

/** Lambda's memory covers the whole process; Node needs about 40 MiB of it outside the heap. */
function heapLimitMiB(memoryMiB: number): number {
  return Math.max(64, memoryMiB - 40);
}

function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=1`;
}
