import type { Database, SystemDatabase } from '../../lambdas/shared/database';

/** Called at every point between two effects, numbered from 1. */
export type AtPoint = (point: number) => void | Promise<void>;

/**
 * Numbers the points before and after every effect of what it wraps: a query, the commit, a call of a service. A test
 * may do something at a point, or throw, as if the process had been killed there.
 */
export class Steps {
  #point = 0;

  constructor(private readonly atPoint: AtPoint) {}

  /** Points passed so far. */
  get passed(): number {
    return this.#point;
  }

  async effect<T>(run: () => Promise<T>): Promise<T> {
    await this.atPoint(++this.#point);
    const result = await run();
    await this.atPoint(++this.#point);
    return result;
  }

  database(database: Database): Database {
    const withUser = (identity: Parameters<Database['withUser']>[0], task: unknown) => {
      if (typeof task !== 'function') return this.effect(() => database.withUser(identity, task as never));
      return this.effect(() =>
        database.withUser(identity, (tx) =>
          task({ ...tx, query: (...args: [string]) => this.effect(() => tx.query(...args)) }),
        ),
      );
    };
    return { ...database, withUser: withUser as Database['withUser'] };
  }

  maintenance(database: SystemDatabase): SystemDatabase {
    return {
      ...database,
      transaction: (work) =>
        this.effect(() =>
          database.transaction((query) =>
            work((<R>(...args: [string]) => this.effect(() => query<R>(...args))) as typeof query),
          ),
        ),
    };
  }

  /** Every method of an object becomes an effect. */
  service<T extends object>(service: T): T {
    const wrapped = Object.entries(service).map(([name, value]) => [
      name,
      typeof value === 'function' ? (...args: unknown[]) => this.effect(() => value(...args)) : value,
    ]);
    return Object.fromEntries(wrapped) as T;
  }
}
