import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Context, SQSEvent } from 'aws-lambda';
import { contract } from '../../lambdas/photos/contract';
import type { Dependencies } from '../../lambdas/photos/dependencies';
import { routes } from '../../lambdas/photos/routes';
import { photoProcessor } from '../../lambdas/photos-worker/processor';
import { openWorkerDatabase, type SystemDatabase } from '../../lambdas/shared/database';
import { createHttpHandler } from '../../lambdas/shared/http';
import type { Identity } from '../../lambdas/shared/identity';
import { logger } from '../../lambdas/shared/logger';
import type { ObjectStore } from '../../lambdas/shared/object-store';
import { createQueueHandler } from '../../lambdas/shared/processing/queue-handler';
import { photoSigner } from '../../lambdas/shared/signed-url';
import { type Answer, answerOf, type Call, proxyEvent } from './api';
import type { TestDatabase } from './database';
import { postForm } from './documents-api';
import type { TestBucket } from './object-store';
import { picture } from './samples/photos';
import { objectCreated } from './worker';

// Failures are made on purpose; what a caller sees of them is asserted.
logger.setLogLevel('SILENT');

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

export const cdnUrl = 'https://cdn.example.com';

/** The photos function and its worker: real engines, a clock the test moves. */
export class PhotosApi {
  readonly deps: Dependencies;
  now = new Date();
  readonly #handle: ReturnType<typeof createHttpHandler>;
  readonly #workers: SystemDatabase;

  constructor(
    readonly database: TestDatabase,
    readonly bucket: TestBucket,
    overrides: Partial<Dependencies> = {},
  ) {
    this.deps = {
      database: database.open(),
      storage: bucket.store,
      signer: photoSigner({
        cdnUrl,
        keyPairId: 'K1',
        readKey: async () => ({ privateKey }),
        now: () => this.now,
      }),
      clock: () => this.now,
      newId: randomUUID,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
      limits: { maxBytes: 10 * 1024 * 1024, maxPixels: 20_000_000, maxPerUser: 8 },
      ...overrides,
    };
    this.#handle = createHttpHandler(contract, routes(this.deps), { corsOrigins: ['https://app.example'] });
    this.#workers = openWorkerDatabase(async () => database.target('worker'));
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  async call(call: Call): Promise<Answer> {
    return answerOf(await this.#handle(proxyEvent(call)));
  }

  createUpload(
    identity: Identity,
    body: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const file = { mimeType: 'image/jpeg', fileSize: 1000 };
    return this.call({
      method: 'POST',
      resource: '/photos/uploads',
      identity,
      headers,
      body: { ...file, ...body },
    });
  }

  complete(identity: Identity, id: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call({
      method: 'POST',
      resource: '/photos/uploads/{id}/complete',
      params: { id },
      identity,
      headers,
    });
  }

  list(identity: Identity): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/photos', identity });
  }

  get(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'GET', resource: '/photos/{id}', params: { id }, identity });
  }

  order(identity: Identity, ids: readonly unknown[]): Promise<Answer> {
    return this.call({ method: 'PUT', resource: '/photos/order', identity, body: { ids } });
  }

  update(identity: Identity, id: string, body: unknown = { isPrimary: true }): Promise<Answer> {
    return this.call({ method: 'PATCH', resource: '/photos/{id}', params: { id }, identity, body });
  }

  delete(identity: Identity, id: string): Promise<Answer> {
    return this.call({ method: 'DELETE', resource: '/photos/{id}', params: { id }, identity });
  }

  /** Announces a file, sends it, completes it. */
  async uploaded(identity: Identity, file: Buffer, mimeType = 'image/jpeg'): Promise<Answer> {
    const upload = await this.createUpload(identity, { mimeType, fileSize: file.length });
    if (upload.status !== 201) throw new Error(`upload refused: ${JSON.stringify(upload.body)}`);
    const { status } = await postForm(upload.body, file);
    if (status !== 204) throw new Error(`form refused: ${status}`);
    return this.complete(identity, upload.body.id);
  }

  /** Id of a photo that went through all steps. */
  async photo(identity: Identity, file?: Buffer): Promise<string> {
    const { status, body } = await this.uploaded(identity, file ?? (await picture(60, 40).jpeg().toBuffer()));
    if (status !== 200) throw new Error(`not completed: ${JSON.stringify(body)}`);
    await this.work(body.id);
    return body.id;
  }

  /** The worker gets the event of a photo. @param store what it writes to */
  async work(id: string, store: Pick<ObjectStore, 'put'> = this.bucket.store): Promise<void> {
    const { rows } = await this.database.admin.query(
      'select object_key, object_version from landfall.photos where id = $1',
      [id],
    );
    const handle = createQueueHandler(
      photoProcessor({ storage: store, maxPixels: this.deps.limits.maxPixels }),
      {
        database: this.#workers,
        storage: this.bucket.store,
        queue: { postpone: async () => undefined, giveUp: async () => undefined },
        clock: () => this.now,
      },
    );
    const [row] = rows;
    const record = {
      messageId: randomUUID(),
      receiptHandle: 'receipt',
      body: JSON.stringify(objectCreated(this.bucket.name, row.object_key, row.object_version)),
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {},
    };
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 900_000 };
    await handle({ Records: [record] } as unknown as SQSEvent, context as unknown as Context);
  }

  /** Keys of all objects that are there. */
  async objects(identity: Identity): Promise<string[]> {
    return this.objectsOf(await this.deps.database.withUser(identity, async (tx) => tx.userId));
  }

  async objectsOf(userId: string): Promise<string[]> {
    const listed = await this.bucket.client.send(new ListObjectsV2Command({ Bucket: this.bucket.name }));
    return (listed.Contents ?? []).flatMap(({ Key }) => (Key?.includes(userId) ? [Key] : [])).sort();
  }
}
