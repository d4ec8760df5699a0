import { ApiError } from '../shared/errors';

export const processingStates = ['processing', 'ready', 'failed'] as const;
export type ProcessingState = (typeof processingStates)[number];

/** The file's worker has not come to it yet, or is at it. */
export function stillProcessing(): ApiError {
  return new ApiError('conflict', 'The file is being processed. Try again in a moment.', {
    details: { reason: 'processing' },
  });
}
