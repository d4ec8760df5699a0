import * as z from 'zod';
import type { Contract } from '../shared/contract';
import { imageTypes } from '../shared/image-header';

const mimeTypes = Object.values(imageTypes) as [string, ...string[]];

const example = {
  id: '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10',
  mimeType: 'image/jpeg',
  size: 3_482_113,
  status: 'ready',
  failure: null,
  width: 3000,
  height: 4000,
  blur: 'data:image/webp;base64,UklGRkYAAABXRUJQVlA4IDoAAADQAQCdASoQAAwAAUAmJaQAA3AA/v89WAAA',
  isPrimary: true,
  createdAt: '2026-03-01T09:30:00.000Z',
} as const;

const timestampSchema = z.iso.datetime().meta({ examples: [example.createdAt] });
const pixels = z.int().min(1).nullable();

const photoFields = {
  id: z.uuid().meta({ examples: [example.id] }),
  mimeType: z.enum(mimeTypes).meta({ description: 'Of the uploaded file.', examples: [example.mimeType] }),
  size: z
    .int()
    .min(1)
    .meta({ description: 'Bytes of the uploaded file.', examples: [example.size] }),
  status: z.enum(['processing', 'ready', 'failed']).meta({ examples: [example.status] }),
  failure: z
    .string()
    .nullable()
    .meta({ description: 'Why it failed, for example `corrupt`; null unless it has.', examples: [null] }),
  width: pixels.meta({
    description: 'Pixels, the right way up; null until it is ready.',
    examples: [example.width],
  }),
  height: pixels.meta({
    description: 'Pixels, the right way up; null until it is ready.',
    examples: [example.height],
  }),
  blur: z
    .string()
    .nullable()
    .meta({
      description: 'A tiny image as a data URI, to show while a size loads; null until it is ready.',
      examples: [example.blur],
    }),
  isPrimary: z.boolean().meta({
    description: 'The chosen photo; while none is chosen, the first one that is ready.',
    examples: [true],
  }),
  createdAt: timestampSchema,
};

/** Without addresses: they are credentials with an end, so nothing that is stored or repeated has them. */
export const photoSchema = z.strictObject(photoFields).meta({ title: 'Photo', examples: [example] });

const address = 'https://d111111abcdef8.cloudfront.net/photos/.../small.webp?Policy=...';
const urlSchema = (longest: number) =>
  z
    .url()
    .meta({ description: `WebP of at most ${longest} pixels on its longest side.`, examples: [address] });

export const shownPhotoSchema = z
  .strictObject({
    ...photoFields,
    urls: z
      .strictObject({ small: urlSchema(320), medium: urlSchema(960), large: urlSchema(2048) })
      .nullable()
      .meta({ description: 'Signed addresses; null until it is ready.' }),
    urlsExpireAt: timestampSchema
      .nullable()
      .meta({ description: 'The addresses are refused from then on, after an hour at most.' }),
  })
  .meta({
    title: 'ShownPhoto',
    examples: [
      {
        ...example,
        urls: { small: address, medium: address, large: address },
        urlsExpireAt: '2026-03-01T10:30:00.000Z',
      },
    ],
  });

export const idParams = z.strictObject({
  id: z.uuid().meta({ description: 'Id of the photo.', examples: [example.id] }),
});

export const uploadParams = z.strictObject({
  id: z.uuid().meta({ description: 'Id of the upload, from `createPhotoUpload`.', examples: [example.id] }),
});

export const createUploadBody = z
  .strictObject({
    mimeType: z
      .string()
      .min(1)
      .max(100)
      .meta({ description: `One of ${mimeTypes.join(', ')}.`, examples: [example.mimeType] }),
    fileSize: z
      .int()
      .min(1)
      .meta({ description: 'Exact size in bytes.', examples: [example.size] }),
  })
  .meta({ title: 'CreatePhotoUpload' });

const uploadSchema = z
  .strictObject({
    id: z.uuid().meta({ description: 'Upload id, for `completePhotoUpload`.', examples: [example.id] }),
    url: z.url().meta({
      description: 'Where the form is posted to, as multipart/form-data.',
      examples: ['https://example-bucket.s3.us-east-1.amazonaws.com/'],
    }),
    fields: z.record(z.string(), z.string()).meta({
      description: 'Form fields, sent as they are and before the `file` field.',
      examples: [{ key: 'quarantine/...', 'Content-Type': 'image/jpeg', Policy: '...' }],
    }),
    expiresAt: timestampSchema.meta({
      description: 'The form is refused from then on, 900 s after its creation.',
    }),
  })
  .meta({ title: 'PhotoUpload' });

export const updatePhotoBody = z
  .strictObject({
    isPrimary: z
      .literal(true)
      .meta({ description: 'Takes the mark from the photo that has it.', examples: [true] }),
  })
  .meta({ title: 'UpdatePhoto' });

export const orderBody = z
  .strictObject({
    ids: z
      .array(z.uuid())
      .max(1000)
      .meta({ description: 'Every photo that the list has, once.', examples: [[example.id]] }),
  })
  .meta({ title: 'PhotoOrder' });

export const photoListSchema = z
  .strictObject({ items: z.array(shownPhotoSchema) })
  .meta({ title: 'PhotoList' });

const shown = [{ database: 'app' }, { signer: 'photos' }] as const;

export const contract: Contract = {
  domain: 'photos',
  description: 'Photos of a user: upload, show in three sizes, order, choose the primary one, delete.',
  impact: 'Users can neither upload nor see, order or delete their photos.',
  memoryMiB: 512,
  timeoutSeconds: 20,
  routes: [
    {
      id: 'createPhotoUpload',
      method: 'POST',
      path: '/photos/uploads',
      authorization: 'user',
      summary: 'Start the upload of a photo',
      description:
        'Answers a form that takes exactly one file: this key, this type, this size, for 900 s. The file becomes a ' +
        'photo by `completePhotoUpload`, within an hour. 409 when the user has as many photos as allowed; uploads ' +
        'under way count. Repeated with the same Idempotency-Key, it answers the same upload with a form signed anew.',
      body: createUploadBody,
      response: { status: 201, description: 'The form to post the file with.', schema: uploadSchema },
      errors: ['conflict', 'payload_too_large', 'unsupported_media_type', 'unprocessable'],
      idempotent: true,
      uses: [{ database: 'app' }, { bucket: 'photos', can: ['write'], under: 'quarantine/*' }],
    },
    {
      id: 'completePhotoUpload',
      method: 'POST',
      path: '/photos/uploads/{id}/complete',
      authorization: 'user',
      summary: 'Turn an uploaded file into a photo',
      description:
        'Checks type, size and dimensions of the uploaded file; one that is not what was announced is removed (422). ' +
        'The photo is `processing` until its sizes are made, then `ready` or `failed`. A repeated call answers the ' +
        'same photo; 409 while the file has not arrived or another call is at work; 410 after an hour.',
      params: uploadParams,
      response: { status: 200, description: 'The photo, without addresses.', schema: photoSchema },
      errors: ['not_found', 'conflict', 'gone', 'unprocessable'],
      idempotent: true,
      uses: [
        { database: 'app' },
        { bucket: 'photos', can: ['read', 'delete'], under: 'quarantine/*' },
        { bucket: 'photos', can: ['write'], under: 'originals/*' },
      ],
    },
    {
      id: 'listPhotos',
      method: 'GET',
      path: '/photos',
      authorization: 'user',
      summary: 'List all photos in the user’s order',
      response: { status: 200, description: 'All photos.', schema: photoListSchema },
      uses: shown,
    },
    {
      id: 'orderPhotos',
      method: 'PUT',
      path: '/photos/order',
      authorization: 'user',
      summary: 'Put the photos into an order',
      description: 'Takes every photo exactly once; 409 when the list has others by now.',
      body: orderBody,
      response: { status: 204, description: 'In this order from now on.' },
      errors: ['conflict'],
      uses: [{ database: 'app' }],
    },
    {
      id: 'getPhoto',
      method: 'GET',
      path: '/photos/{id}',
      authorization: 'user',
      summary: 'Get a photo',
      params: idParams,
      response: { status: 200, description: 'The photo.', schema: shownPhotoSchema },
      errors: ['not_found'],
      uses: shown,
    },
    {
      id: 'updatePhoto',
      method: 'PATCH',
      path: '/photos/{id}',
      authorization: 'user',
      summary: 'Make a photo the primary one',
      description: '409 unless the photo is ready.',
      params: idParams,
      body: updatePhotoBody,
      response: { status: 200, description: 'The photo after the change.', schema: shownPhotoSchema },
      errors: ['not_found', 'conflict'],
      uses: shown,
    },
    {
      id: 'deletePhoto',
      method: 'DELETE',
      path: '/photos/{id}',
      authorization: 'user',
      summary: 'Delete a photo and its files',
      description:
        'The photo is gone for every later call at once (a second DELETE answers 404); its files are removed right ' +
        'after, or by the next sweep if that fails or the photo is being worked on. Addresses that were answered ' +
        'before may show copies of the network’s until they expire.',
      params: idParams,
      response: { status: 204, description: 'Deleted.' },
      errors: ['not_found'],
      uses: [
        { database: 'app' },
        { bucket: 'photos', can: ['delete'], under: 'originals/*' },
        { bucket: 'photos', can: ['delete'], under: 'photos/*' },
      ],
    },
  ],
};
