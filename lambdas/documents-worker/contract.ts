import type { WorkerContract } from '../shared/processing/contract';

export const worker: WorkerContract = {
  bundle: 'documents-worker',
  description: 'Reads the text of uploaded documents, for search and for reading.',
  impact: 'New documents stay in processing: they have no text and are not found by what they say.',
  // The reader's thread may grow by 512 MiB before it is ended; the file itself and Node need the rest.
  memoryMiB: 1024,
  secondsPerFile: 45,
  // A file takes a second or so. Few in a batch, because what crashes the function delays its neighbours by six times
  // the timeout.
  batchSize: 4,
  timeoutSeconds: 240,
  source: { bucket: 'documents', prefix: 'users/' },
};
