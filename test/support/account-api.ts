import { randomUUID } from 'node:crypto';
import { contract } from '../../lambdas/account/contract';
import type { Dependencies } from '../../lambdas/account/dependencies';
import { routes } from '../../lambdas/account/routes';
import type { ExportJob } from '../../lambdas/shared/export-job';
import { createHttpHandler } from '../../lambdas/shared/http';
import type { Identity } from '../../lambdas/shared/identity';
import { logger } from '../../lambdas/shared/logger';
import { type Answer, answerOf, type Call, proxyEvent } from './api';
import type { TestDatabase } from './database';
import type { TestBucket } from './object-store';

// Failures are made on purpose; what a caller sees of them is asserted.
logger.setLogLevel('SILENT');

/** One instance of the account function: its own connection, real engines, a clock the test moves. */
export class AccountApi {
  readonly deps: Dependencies;
  now = new Date();
  /** Exports that were asked for. */
  readonly jobs: ExportJob[] = [];
  readonly #handle: ReturnType<typeof createHttpHandler>;

  constructor(database: TestDatabase, bucket: TestBucket, overrides: Partial<Dependencies> = {}) {
    this.deps = {
      database: database.open(),
      storage: bucket.store,
      userPool: undefined,
      startExport: async (job) => {
        this.jobs.push(job);
      },
      clock: () => this.now,
      newId: randomUUID,
      ...overrides,
    };
    this.#handle = createHttpHandler(contract, routes(this.deps), { corsOrigins: ['https://app.example'] });
  }

  async call(call: Call): Promise<Answer> {
    return answerOf(await this.#handle(proxyEvent(call)));
  }

  get(identity: Identity): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/me', identity });
  }

  update(identity: Identity, body: unknown): Promise<Answer> {
    return this.call({ method: 'PATCH', resource: '/me', identity, body });
  }

  delete(identity: Identity): Promise<Answer> {
    return this.call({ method: 'DELETE', resource: '/me', identity });
  }

  export(identity: Identity): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/me/export', identity });
  }

  signOut(identity: Identity, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call({ method: 'POST', resource: '/auth/sign-out', identity, headers });
  }
}

/** The same person with a token of a sign-in at this time. */
export function signedIn(identity: Identity, at: Date): Identity {
  const auth_time = Math.floor(at.getTime() / 1000);
  return { ...identity, claims: { ...identity.claims, auth_time } };
}
