/** The photos of the blueprint `friends`, over HTTP: uploaded, made small, and shown by signed addresses. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { imageTypes } from '../../lambdas/shared/image-header';
import type { Runtime } from '../../scripts/local/running';
import { startRuntime } from '../../scripts/local/runtime';
import { assemblyDirectory } from '../support/assembly';
import { expectExercised, listing } from '../support/exercised';
import { type PhotoSample, photoSamples } from '../support/samples/photos';
import { soaking } from '../support/soak';
import { FilesClient } from './files-client';
import { trustingFetch } from './trusting-fetch';

/** How a sample may end. */
function endings({ expected }: PhotoSample): RegExp {
  if (expected === 'photo or corrupt') return /^(?:ready|corrupt|file_rejected)$/;
  return 'fault' in expected ? new RegExp(`^(?:file_rejected|${expected.fault})$`) : /^ready$/;
}

describe('the photos of the blueprint friends, from the synthesized templates', () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'landfall-photos-'));
  let runtime: Runtime;
  let friend: FilesClient;
  let stranger: FilesClient;

  beforeAll(async () => {
    runtime = await startRuntime({
      port: 0,
      stateDirectory,
      blueprint: 'friends',
      assembly: assemblyDirectory('local-friends'),
    });
    friend = new FilesClient(runtime.url, await runtime.identity.token('user@example.com'));
    stranger = new FilesClient(runtime.url, await runtime.identity.token('second@example.com'));
  }, 240_000);

  afterAll(async () => {
    await runtime?.close();
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const send = (bytes: Buffer, mimeType: string) => friend.send('/photos/uploads', { mimeType }, bytes);
  const view = trustingFetch(stateDirectory);

  test('a photo from a telephone becomes three sizes without place or camera, shown by address alone', async () => {
    const phone = await sharp({ create: { width: 2400, height: 1800, channels: 3, background: '#3a7' } })
      .jpeg()
      .withExif({
        IFD0: { Make: 'Telephone', Orientation: '6' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const sent = await send(phone, 'image/jpeg');
    expect(sent).toMatchObject({ status: 200, body: { status: 'processing', size: phone.length } });
    const { body: photo } = await friend.settled(`/photos/${sent.body.id}`);
    expect(photo).toMatchObject({ status: 'ready', width: 1800, height: 2400, isPrimary: true });
    expect(photo.blur).toMatch(/^data:image\/webp;base64,/);
    for (const [name, longest] of Object.entries({ small: 320, medium: 960, large: 2048 })) {
      const shown = await view(photo.urls[name]);
      expect([name, shown.status, shown.headers['content-type']]).toEqual([name, 200, 'image/webp']);
      const { width, height, exif, xmp, orientation } = await sharp(shown.body).metadata();
      expect({ height, ratio: Math.round(((width ?? 0) / (height ?? 1)) * 100) }).toEqual({
        height: longest,
        ratio: 75,
      });
      expect({ exif, xmp, orientation }).toEqual({});
    }
    // Every part of the address counts, and the original is nowhere to be had.
    const address = new URL(photo.urls.small);
    const bare = `${address.origin}${address.pathname}`;
    expect((await view(bare)).status).toBe(403);
    expect((await view(photo.urls.small.replace('small.webp', 'small.webpx'))).status).toBe(403);
    const [, , userId] = address.pathname.split('/');
    const original = `${address.origin}/originals/${userId}/${photo.id}${address.search}`;
    expect([403, 404]).toContain((await view(original)).status);
    expect(await stranger.get(`/photos/${photo.id}`)).toMatchObject({ status: 404 });
  }, 120_000);

  test('files of every shape end as a photo or with the reason why not', async () => {
    const own = new FilesClient(runtime.url, await runtime.identity.token('many@example.com'));
    const outcomes: unknown[] = [];
    const expected: unknown[] = [];
    for (const sample of photoSamples.filter((_sample, index) => soaking || index % 12 === 0)) {
      const bytes = await sample.make();
      const answer =
        bytes.length > 0
          ? await own.send('/photos/uploads', { mimeType: imageTypes[sample.format] }, bytes)
          : undefined;
      if (!answer) continue;
      // Some are refused at the door: they are no file of their kind at all.
      let outcome = answer.body.error?.details?.reason;
      if (answer.status === 200) {
        const { body } = await own.settled(`/photos/${answer.body.id}`);
        outcome = body.status === 'ready' ? 'ready' : body.failure;
        // There is room for some photos only.
        await own.call('DELETE', `/photos/${answer.body.id}`);
      }
      outcomes.push([sample.name, outcome]);
      expected.push([sample.name, expect.stringMatching(endings(sample))]);
    }
    expect(outcomes).toEqual(expected);
    expect(await send(Buffer.alloc(10), 'image/heic')).toMatchObject({
      status: 415,
      body: { error: { message: expect.stringContaining('export the photo as JPEG') } },
    });
  }, 600_000);

  test('photos are ordered, chosen and deleted, and what is deleted is gone from the bucket', async () => {
    const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a37' } })
      .png()
      .toBuffer();
    const second = (await send(bytes, 'image/png')).body.id;
    const third = (await send(bytes, 'image/png')).body.id;
    await Promise.all([second, third].map((id) => friend.settled(`/photos/${id}`)));
    const ids = async () => (await friend.get('/photos')).body.items.map(({ id }: { id: string }) => id);
    const [first] = await ids();
    expect(await friend.call('PUT', '/photos/order', { ids: [third, first, second] })).toMatchObject({
      status: 204,
    });
    expect(await ids()).toEqual([third, first, second]);
    await friend.call('PATCH', `/photos/${second}`, { isPrimary: true });
    expect((await friend.get(`/photos/${first}`)).body.isPrimary).toBe(false);

    const { body: gone } = await friend.get(`/photos/${third}`);
    expect(await friend.call('DELETE', `/photos/${third}`)).toMatchObject({ status: 204 });
    expect(await ids()).toEqual([first, second]);
    expect([403, 404]).toContain((await view(gone.urls.small)).status);
  }, 120_000);

  test('every right that this journey is known to use was used, and nothing else was denied', async () => {
    await expectExercised(runtime, 'photos', { denied: [listing('cloudfront.amazonaws.com')] });
  });
});
