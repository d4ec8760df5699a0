import type { WorkerContract } from '../shared/processing/contract';

export const worker: WorkerContract = {
  bundle: 'candidates-worker',
  description: 'Reads resumes and makes profiles of them.',
  impact: 'New candidates stay in processing: they have no profile.',
  // The thread that reads files may grow by 512 MiB before it is ended; the file itself and Node need the rest.
  memoryMiB: 1024,
  secondsPerFile: 45,
  // A resume takes a second or so. Few in a batch, because what crashes the function delays its neighbours.
  batchSize: 4,
  timeoutSeconds: 240,
  source: { bucket: 'documents', prefix: 'resumes/' },
};
