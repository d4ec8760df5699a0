import { worker as candidateImports } from '../lambdas/candidate-imports-worker/contract';
import { worker as candidates } from '../lambdas/candidates-worker/contract';
import { worker as documents } from '../lambdas/documents-worker/contract';
import { worker as photos } from '../lambdas/photos-worker/contract';
import type { WorkerContract } from '../lambdas/shared/processing/contract';
import type { Blueprint } from './config/schema';

/** What works on the files of a capability. */
const byCapability: Record<Blueprint['capabilities'][number], readonly WorkerContract[]> = {
  documents: [documents],
  photos: [photos],
  resumes: [candidates, candidateImports],
};

/** The workers of a deployment. */
export function workersOf({ capabilities }: Pick<Blueprint, 'capabilities'>): readonly WorkerContract[] {
  return [...new Set(capabilities.flatMap((capability) => byCapability[capability]))];
}
