import type { WorkerContract } from '../shared/processing/contract';

export const worker: WorkerContract = {
  bundle: 'candidate-imports-worker',
  description: 'Makes candidates of the resumes in a ZIP.',
  impact: 'ZIPs of resumes stay in processing: their candidates do not appear.',
  // An archive is read by blocks and a resume is in memory at a time: some 150 MB. The rest buys processor time.
  memoryMiB: 1024,
  // 500 files take a minute or two, most of it waiting for S3.
  secondsPerFile: 840,
  batchSize: 1,
  timeoutSeconds: 880,
  source: { bucket: 'documents', prefix: 'imports/' },
  uses: [
    { bucket: 'documents', can: ['delete'], under: 'imports/*' },
    { bucket: 'documents', can: ['write', 'delete'], under: 'resumes/*' },
  ],
  weight: 1,
};
