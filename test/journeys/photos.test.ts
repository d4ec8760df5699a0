import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { photoSamples, picture } from '../support/samples/photos';
import { type Answer, DocumentsClient } from './documents-client';

/** A browser that trusts the certificates of the local runtime. */
function show(
  url: string,
  ca: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/** What a browser application would do with photos. */
class PhotosClient extends DocumentsClient {
  async photo(bytes: Buffer, mimeType = 'image/jpeg'): Promise<Answer> {
    const upload = await this.call('POST', '/photos/uploads', { mimeType, fileSize: bytes.length });
    if (upload.status !== 201) return upload;
    await this.post(upload, bytes);
    return this.call('POST', `/photos/uploads/${upload.body.id}/complete`);
  }

  /** The photo, as soon as its worker is done. */
  async done(id: string): Promise<Answer> {
    for (;;) {
      const answer = await this.get(`/photos/${id}`);
      if (answer.body.status !== 'processing') return answer;
      await wait(250);
    }
  }
}

describe('photos of blueprint friends, from the synthesized templates', () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-photos-'));
  let runtime: Runtime;
  let user: PhotosClient;
  let stranger: PhotosClient;
  let ca: string;

  beforeAll(async () => {
    runtime = await startRuntime({
      port: 0,
      stateDirectory,
      blueprint: 'friends',
      assembly: assemblyDirectory('local-friends'),
    });
    ca = readFileSync(join(stateDirectory, 'certificates', 'ca.pem'), 'utf8');
    user = new PhotosClient(runtime.url, await runtime.identity.token('user@example.com'));
    stranger = new PhotosClient(runtime.url, await runtime.identity.token('second@example.com'));
  }, 240_000);

  afterAll(async () => {
    await runtime?.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  test('a photo is uploaded, worked on, shown by its signed addresses alone, and deleted', async () => {
    const file = await picture(2400, 1600).jpeg().withMetadata({ orientation: 8 }).toBuffer();
    const created = await user.photo(file);
    expect(created).toMatchObject({ status: 200, body: { status: 'processing' } });
    const { body } = await user.done(created.body.id);
    expect(body).toMatchObject({ status: 'ready', width: 1600, height: 2400, isPrimary: true });
    expect((await user.get('/photos')).body.items).toMatchObject([{ id: body.id }]);
    expect((await stranger.get(`/photos/${body.id}`)).status).toBe(404);

    for (const [name, height] of [
      ['small', 320],
      ['medium', 960],
      ['large', 2048],
    ] as const) {
      const response = await show(body.urls[name], ca);
      expect([name, response.status, response.headers['content-type']]).toEqual([name, 200, 'image/webp']);
      expect(response.headers['cache-control']).toMatch(/max-age=/);
      expect(await sharp(response.body).metadata()).toMatchObject({ height });
    }
    const [unsigned] = body.urls.small.split('?');
    expect((await show(unsigned, ca)).status).toBe(403);
    expect((await show(body.urls.small.replace('/photos/', '/originals/'), ca)).status).toBe(403);

    expect((await user.call('DELETE', `/photos/${body.id}`)).status).toBe(204);
    expect((await user.get('/photos')).body.items).toEqual([]);
  }, 60_000);

  test('photos of every format become ready, in the user’s order', async () => {
    const ids: string[] = [];
    for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
      const sample = photoSamples.find((one) => one.format === format && one.name === 'plain');
      const created = await user.photo((await sample?.make()) as Buffer, `image/${format}`);
      ids.push((await user.done(created.body.id)).body.id);
    }
    const { items } = (await user.get('/photos')).body;
    expect(items.map(({ id, status }: Record<string, string>) => [id, status])).toEqual(
      ids.map((id) => [id, 'ready']),
    );
    expect((await user.call('PUT', '/photos/order', { ids: [...ids].reverse() })).status).toBe(204);
    expect((await user.call('PATCH', `/photos/${ids[1]}`, { isPrimary: true })).status).toBe(200);
    const ordered = (await user.get('/photos')).body.items;
    expect(ordered.map(({ id }: Record<string, string>) => id)).toEqual([...ids].reverse());
    expect(ordered.filter(({ isPrimary }: Record<string, boolean>) => isPrimary)).toMatchObject([
      { id: ids[1] },
    ]);
  }, 120_000);

  test('what is damaged fails with its reason, and HEIC is refused with a sentence', async () => {
    const sample = photoSamples.find((one) => one.format === 'jpeg' && one.name === 'cut off in the middle');
    const created = await user.photo((await sample?.make()) as Buffer);
    expect((await user.done(created.body.id)).body).toMatchObject({ status: 'failed', failure: 'corrupt' });
    expect(await user.photo(Buffer.alloc(10), 'image/heic')).toMatchObject({
      status: 415,
      body: { error: { message: expect.stringContaining('export the photo as JPEG') } },
    });
  }, 60_000);
});
