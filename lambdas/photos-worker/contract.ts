import type { WorkerContract } from '../shared/processing/contract';

export const worker = {
  bundle: 'photos-worker',
  description: 'Makes the sizes of photos that people see.',
  impact: 'New photos of users stay invisible.',
  // A photo of 12 megapixels takes 110 MB; formats that unpack to more are refused by what they need.
  memoryMiB: 512,
  timeoutSeconds: 230,
  secondsPerFile: 60,
  batchSize: 3,
  source: { bucket: 'photos', prefix: 'originals/' },
  uses: [{ bucket: 'photos', can: ['write'], under: 'photos/*' }],
} as const satisfies WorkerContract;
