import { randomUUID } from 'node:crypto';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import {
  type ImportDependencies,
  importProcessor,
} from '../../lambdas/candidate-imports-worker/import-archive';
import { candidateProcessor } from '../../lambdas/candidates-worker/candidate-processor';
import type { Extractor } from '../../lambdas/extraction/extraction';
import { contract } from '../../lambdas/jobs/contract';
import type { Dependencies } from '../../lambdas/jobs/dependencies';
import { routes } from '../../lambdas/jobs/routes';
import { ruleParser } from '../../lambdas/profile/rule-parser';
import { openWorkerDatabase, type SystemDatabase } from '../../lambdas/shared/database';
import { createHttpHandler } from '../../lambdas/shared/http';
import type { Identity } from '../../lambdas/shared/identity';
import { logger } from '../../lambdas/shared/logger';
import type { Processor } from '../../lambdas/shared/processing/processor';
import { createQueueHandler } from '../../lambdas/shared/processing/queue-handler';
import { connectMultipart } from '../../lambdas/shared/s3-multipart-store';
import { type Answer, answerOf, type Call, proxyEvent } from './api';
import type { TestDatabase } from './database';
import { postForm } from './documents-api';
import type { TestBucket } from './object-store';
import { minimalPdf } from './office-file';

// Failures are made on purpose; what a caller sees of them is asserted.
logger.setLogLevel('SILENT');

type Headers = Record<string, string>;

/** One instance of the jobs function: its own connection, real engines, a clock the test moves. */
export class JobsApi {
  readonly deps: Dependencies;
  now = new Date();
  readonly #handle: ReturnType<typeof createHttpHandler>;

  constructor(database: TestDatabase, bucket: TestBucket, overrides: Partial<Dependencies> = {}) {
    this.deps = {
      database: database.open(),
      storage: bucket.store,
      multipart: connectMultipart(bucket.name, bucket.client),
      clock: () => this.now,
      newId: randomUUID,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
      limits: { maxBytes: 10 * 1024 ** 2, maxArchiveBytes: 500 * 1024 ** 2, retentionDays: 90 },
      scanned: false,
      ...overrides,
    };
    this.#handle = createHttpHandler(contract, routes(this.deps), { corsOrigins: ['https://app.example'] });
  }

  async call(call: Call): Promise<Answer> {
    return answerOf(await this.#handle(proxyEvent(call)));
  }

  createJob(
    identity: Identity,
    body: unknown = { title: 'Developer' },
    headers: Headers = {},
  ): Promise<Answer> {
    return this.call({ method: 'POST', resource: '/jobs', identity, body, headers });
  }

  /** A job of somebody, by its id. */
  async job(identity: Identity): Promise<string> {
    return (await this.createJob(identity)).body.id;
  }

  listJobs(identity: Identity, query: Headers = {}): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/jobs', query, identity });
  }

  getJob(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/jobs/{id}', params: { id }, identity });
  }

  updateJob(identity: Identity, id: string, body: unknown): Promise<Answer> {
    return this.call({ method: 'PATCH', resource: '/jobs/{id}', params: { id }, identity, body });
  }

  deleteJob(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'DELETE', resource: '/jobs/{id}', params: { id }, identity });
  }

  createCandidate(identity: Identity, id: string, body: object = {}, headers: Headers = {}): Promise<Answer> {
    const file = { fileName: 'cv.pdf', fileSize: minimalPdf().length, mimeType: 'application/pdf' };
    return this.call({
      method: 'POST',
      resource: '/jobs/{id}/candidates',
      params: { id },
      identity,
      headers,
      body: { ...file, ...body },
    });
  }

  completeCandidate(
    identity: Identity,
    id: string,
    candidateId: string,
    headers: Headers = {},
  ): Promise<Answer> {
    return this.call({
      method: 'POST',
      resource: '/jobs/{id}/candidates/{candidateId}/complete',
      params: { id, candidateId },
      identity,
      headers,
    });
  }

  /** A candidate that went through all steps of an upload. */
  async candidate(
    identity: Identity,
    jobId: string,
    file: Buffer = minimalPdf(randomUUID()),
    body: object = {},
  ): Promise<Answer['body']> {
    const upload = await this.createCandidate(identity, jobId, { fileSize: file.length, ...body });
    if (upload.status !== 201) throw new Error(`upload refused: ${JSON.stringify(upload.body)}`);
    await postForm(upload.body, file);
    const completed = await this.completeCandidate(identity, jobId, upload.body.id);
    if (completed.status !== 200) throw new Error(`not completed: ${JSON.stringify(completed.body)}`);
    return completed.body;
  }

  #candidate(method: string, identity: Identity, id: string, candidateId: string, end = ''): Promise<Answer> {
    const resource = `/jobs/{id}/candidates/{candidateId}${end}`;
    return this.call({ method, resource, params: { id, candidateId }, identity });
  }

  getCandidate(identity: Identity, id: string, candidateId: string): Promise<Answer> {
    return this.#candidate('GET', identity, id, candidateId);
  }

  download(identity: Identity, id: string, candidateId: string): Promise<Answer> {
    return this.#candidate('GET', identity, id, candidateId, '/download');
  }

  deleteCandidate(identity: Identity, id: string, candidateId: string): Promise<Answer> {
    return this.#candidate('DELETE', identity, id, candidateId);
  }

  listCandidates(identity: Identity, id: string, query: Headers = {}): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/jobs/{id}/candidates', params: { id }, query, identity });
  }

  createImport(
    identity: Identity,
    id: string,
    body: { fileName?: string; fileSize: number },
    headers: Headers = {},
  ): Promise<Answer> {
    return this.call({
      method: 'POST',
      resource: '/jobs/{id}/candidates/bulk',
      params: { id },
      identity,
      headers,
      body: { fileName: 'resumes.zip', ...body },
    });
  }

  completeImport(
    identity: Identity,
    id: string,
    importId: string,
    parts: readonly { partNumber: number; etag: string }[],
    headers: Headers = {},
  ): Promise<Answer> {
    return this.call({
      method: 'POST',
      resource: '/jobs/{id}/candidates/bulk/{importId}/complete',
      params: { id, importId },
      identity,
      headers,
      body: { parts },
    });
  }

  getImport(identity: Identity, id: string, importId: string, query: Headers = {}): Promise<Answer> {
    return this.call({
      method: 'GET',
      resource: '/jobs/{id}/candidates/bulk/{importId}',
      params: { id, importId },
      query,
      identity,
    });
  }

  abortImport(identity: Identity, id: string, importId: string): Promise<Answer> {
    return this.call({
      method: 'DELETE',
      resource: '/jobs/{id}/candidates/bulk/{importId}',
      params: { id, importId },
      identity,
    });
  }

  /** An archive that was uploaded and completed; answers the id of the import. */
  async import(identity: Identity, jobId: string, archive: Buffer): Promise<string> {
    const { body } = await this.createImport(identity, jobId, { fileSize: archive.length });
    const parts = await putParts(body.parts, archive);
    const completed = await this.completeImport(identity, jobId, body.id, parts);
    if (completed.status !== 200) throw new Error(`not completed: ${JSON.stringify(completed.body)}`);
    return body.id;
  }
}

/** Puts every part where its address says, and answers what completes them. */
export async function putParts(
  parts: readonly { partNumber: number; size: number; url: string }[],
  file: Buffer,
): Promise<{ partNumber: number; etag: string }[]> {
  const put: { partNumber: number; etag: string }[] = [];
  let offset = 0;
  for (const { partNumber, size, url } of parts) {
    const body = new Uint8Array(file.subarray(offset, offset + size));
    const response = await fetch(url, { method: 'PUT', body });
    if (!response.ok) throw new Error(`part ${partNumber}: ${response.status} ${await response.text()}`);
    put.push({ partNumber, etag: response.headers.get('etag') ?? '' });
    offset += size;
  }
  return put;
}

/** The workers of candidates and imports, told of files as their queues would. */
export class ResumeWorkers {
  readonly database: SystemDatabase;
  now = () => new Date();
  maxEntries = 500;
  /** What an import works with, for tests that break it. */
  around: (deps: ImportDependencies) => ImportDependencies = (deps) => deps;

  constructor(
    private readonly test: TestDatabase,
    private readonly bucket: TestBucket,
    private readonly extractor?: Extractor,
  ) {
    this.database = openWorkerDatabase(async () => test.target('worker'));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** One message about the current version of the row's object; false when it would be received again. */
  import(id: string): Promise<boolean> {
    const processor = importProcessor(
      this.around({
        database: this.database,
        storage: this.bucket.store,
        clock: () => this.now(),
        limits: { maxEntries: this.maxEntries, maxBytes: 10 * 1024 ** 2 },
      }),
    );
    return this.#tell(processor, 'candidate_imports', id);
  }

  candidate(id: string): Promise<boolean> {
    if (!this.extractor) throw new Error('expected an extractor');
    return this.#tell(candidateProcessor(this.extractor, ruleParser, {}), 'candidates', id);
  }

  async #tell<Row, Result>(processor: Processor<Row, Result>, table: string, id: string): Promise<boolean> {
    const { rows } = await this.test.admin.query(
      `select object_key, object_version from landfall.${table} where id = $1`,
      [id],
    );
    const { object_key: key, object_version: version } = rows[0];
    const handler = createQueueHandler(processor, {
      database: this.database,
      storage: this.bucket.store,
      queue: { postpone: async () => undefined, giveUp: async () => undefined },
      clock: () => this.now(),
    });
    const record = {
      messageId: 'message',
      receiptHandle: 'receipt',
      body: JSON.stringify({
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: this.bucket.name }, object: { key, 'version-id': version, size: 1 } },
      }),
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {},
    };
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 };
    const answer: SQSBatchResponse = await handler(
      { Records: [record] } as never,
      context as unknown as Context,
    );
    return answer.batchItemFailures.length === 0;
  }
}
