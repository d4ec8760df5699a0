import { randomUUID } from 'node:crypto';
import { contract } from '../../lambdas/documents/contract';
import type { Dependencies } from '../../lambdas/documents/dependencies';
import { routes } from '../../lambdas/documents/routes';
import { createHttpHandler } from '../../lambdas/shared/http';
import type { Identity } from '../../lambdas/shared/identity';
import { logger } from '../../lambdas/shared/logger';
import { type Answer, answerOf, type Call, proxyEvent } from './api';
import type { TestDatabase } from './database';
import type { TestBucket } from './object-store';
import { minimalPdf } from './office-file';

// Failures are made on purpose; what a caller sees of them is asserted.
logger.setLogLevel('SILENT');

export const pdfType = 'application/pdf';

/** One instance of the documents function: its own connection, real engines, a clock the test moves. */
export class DocumentsApi {
  readonly deps: Dependencies;
  now = new Date();
  readonly #handle: ReturnType<typeof createHttpHandler>;

  constructor(database: TestDatabase, bucket: TestBucket, overrides: Partial<Dependencies> = {}) {
    this.deps = {
      database: database.open(),
      storage: bucket.store,
      clock: () => this.now,
      newId: randomUUID,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
      malwareProtection: false,
      limits: { maxBytes: 10 * 1024 * 1024, formats: ['pdf', 'docx'] },
      ...overrides,
    };
    this.#handle = createHttpHandler(contract, routes(this.deps), { corsOrigins: ['https://app.example'] });
  }

  async call(call: Call): Promise<Answer> {
    return answerOf(await this.#handle(proxyEvent(call)));
  }

  createUpload(
    identity: Identity,
    body: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const file = {
      name: 'My resume',
      type: 'resume',
      fileName: 'cv.pdf',
      fileSize: minimalPdf().length,
      mimeType: pdfType,
    };
    return this.call({
      method: 'POST',
      resource: '/documents/uploads',
      identity,
      headers,
      body: { ...file, ...body },
    });
  }

  complete(identity: Identity, id: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call({
      method: 'POST',
      resource: '/documents/uploads/{id}/complete',
      params: { id },
      identity,
      headers,
    });
  }

  get(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/documents/{id}', params: { id }, identity });
  }

  list(identity: Identity, query: Record<string, string> = {}): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/documents', query, identity });
  }

  text(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/documents/{id}/text', params: { id }, identity });
  }

  search(identity: Identity, q: string, query: Record<string, string> = {}): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/documents/search', query: { q, ...query }, identity });
  }

  update(identity: Identity, id: string, body: unknown): Promise<Answer> {
    return this.call({ method: 'PATCH', resource: '/documents/{id}', params: { id }, identity, body });
  }

  download(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/documents/{id}/download', params: { id }, identity });
  }

  delete(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'DELETE', resource: '/documents/{id}', params: { id }, identity });
  }

  /** A document that went through all steps of an upload. */
  async document(
    identity: Identity,
    body: Record<string, unknown> = {},
    file = minimalPdf(),
  ): Promise<Answer['body']> {
    const upload = await this.createUpload(identity, { fileSize: file.length, ...body });
    if (upload.status !== 201) throw new Error(`upload refused: ${JSON.stringify(upload.body)}`);
    await postForm(upload.body, file);
    const completed = await this.complete(identity, upload.body.id);
    if (completed.status !== 200) throw new Error(`not completed: ${JSON.stringify(completed.body)}`);
    return completed.body;
  }
}

/** Posts a file as a browser's form would. */
export function postForm(
  { url, fields }: { url: string; fields: Record<string, string> },
  file: Buffer,
  changed: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(file)]), 'anything');
  return fetch(url, { method: 'POST', body: form });
}
