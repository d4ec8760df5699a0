/** All functions of the assembly: starts workers when events arrive and hands each one event at a time. */
import { type FunctionDefinition, unqualifiedArn } from './definition';
import { type Credentials, functionEnvironment } from './environment';
import type { LocalFacts } from './local-values';
import { type InvocationResult, Worker } from './worker';

/** Workers a function may have at once. Further events wait: a laptop has few cores. */
const workersPerFunction = 4;

export interface FunctionsOptions {
  readonly region: string;
  readonly awsEndpointUrl: () => string;
  readonly credentials: (roleArn: string, functionArn: string) => Credentials;
  readonly facts: () => LocalFacts;
  readonly bootstrapFile: string;
  readonly home: string;
  /** Told of every new process. @default nobody is */
  readonly started?: (definition: FunctionDefinition) => void;
  /** Told what functions print, under their label. */
  readonly log: (label: string, line: string) => void;
}

interface Pool {
  readonly definition: FunctionDefinition;
  readonly idle: Worker[];
  readonly busy: Set<Worker>;
  readonly waiting: ((worker: Worker) => void)[];
  readonly limit: number;
}

export class Functions {
  readonly #pools = new Map<string, Pool>();
  readonly #options: FunctionsOptions;
  #closed = false;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  add(definition: FunctionDefinition): void {
    this.#pools.set(definition.arn, {
      definition,
      idle: [],
      busy: new Set(),
      waiting: [],
      limit: Math.min(workersPerFunction, definition.reservedConcurrency ?? workersPerFunction),
    });
  }

  get definitions(): FunctionDefinition[] {
    return [...this.#pools.values()].map(({ definition }) => definition);
  }

  /** Accepts the ARN of the function, a version or an alias. @throws when there is no such function. */
  definition(arn: string): FunctionDefinition {
    return this.#pool(arn).definition;
  }

  /** Accepts what `definition` accepts. */
  has(arn: string): boolean {
    return this.#pools.has(unqualifiedArn(arn));
  }

  /** Events the function works on at once; 0 when it is switched off. Accepts what `definition` accepts. */
  concurrency(arn: string): number {
    return this.#pool(arn).limit;
  }

  async invoke(arn: string, event: unknown, requestId?: string): Promise<InvocationResult> {
    const pool = this.#pool(arn);
    if (pool.limit === 0) {
      // Reserved concurrency 0 is how an operator switches a function off.
      const error = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };
      return { ok: false, error, requestId: requestId ?? '' };
    }
    const worker = await this.#take(pool);
    const result = await worker.invoke(event, requestId);
    if (!result.ok)
      this.#options.log(
        pool.definition.label,
        `ERROR ${result.error.errorType}: ${result.error.errorMessage}`,
      );
    this.#release(pool, worker);
    return result;
  }

  /** Ends what a function is doing, as running out of memory would. For tests of faults. @returns how many it were */
  crash(arn: string): number {
    const busy = [...this.#pool(arn).busy];
    for (const worker of busy)
      worker.kill({ errorType: 'Runtime.ExitError', errorMessage: 'The function was killed.' });
    return busy.length;
  }

  /** Loads a function's code ahead of its first event. */
  warm(arn: string): void {
    const pool = this.#pool(arn);
    if (pool.limit > 0 && pool.idle.length + pool.busy.size === 0) pool.idle.push(this.#start(pool));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#pools.values()].flatMap(({ idle, busy }) => [...idle, ...busy]);
    await Promise.all(workers.map((worker) => worker.close()));
  }

  #pool(arn: string): Pool {
    const pool = this.#pools.get(unqualifiedArn(arn));
    if (!pool) throw new Error(`There is no function ${arn}.`);
    return pool;
  }

  #take(pool: Pool): Promise<Worker> | Worker {
    let worker = pool.idle.pop();
    while (worker && !worker.alive) worker = pool.idle.pop();
    if (!worker && pool.busy.size >= pool.limit) {
      return new Promise((resolve) => {
        pool.waiting.push(resolve);
      });
    }
    worker ??= this.#start(pool);
    pool.busy.add(worker);
    return worker;
  }

  #release(pool: Pool, worker: Worker): void {
    pool.busy.delete(worker);
    const next = pool.waiting.shift();
    if (next && !this.#closed) {
      const successor = worker.alive ? worker : this.#start(pool);
      pool.busy.add(successor);
      next(successor);
    } else if (worker.alive) pool.idle.push(worker);
  }

  #start({ definition }: Pool): Worker {
    const { region, awsEndpointUrl, credentials, facts, bootstrapFile, home, log, started } = this.#options;
    started?.(definition);
    return new Worker({
      definition,
      bootstrapFile,
      environment: functionEnvironment(definition, {
        region,
        awsEndpointUrl: awsEndpointUrl(),
        credentials: credentials(definition.roleArn, definition.arn),
        facts: facts(),
        home,
      }),
      log: (line) => log(definition.label, line),
    });
  }
}
