import { on, type RouteHandler } from '../shared/http';
import { abortImport } from './abort-import';
import { completeCandidate } from './complete-candidate';
import { completeImport } from './complete-import';
import { createCandidate } from './create-candidate';
import { createImport } from './create-import';
import { createJob } from './create-job';
import { deleteCandidate } from './delete-candidate';
import { deleteJob } from './delete-job';
import type { Dependencies } from './dependencies';
import { downloadCandidate } from './download-candidate';
import { getCandidate } from './get-candidate';
import { getImport } from './get-import';
import { getJob } from './get-job';
import { listCandidates } from './list-candidates';
import { listJobs } from './list-jobs';
import {
  candidateParams,
  completeImportBody,
  createCandidateBody,
  createImportBody,
  createJobBody,
  getImportQuery,
  importParams,
  jobParams,
  listCandidatesQuery,
  listJobsQuery,
  updateJobBody,
} from './schemas';
import { updateJob } from './update-job';

/** Which use case answers which route of the contract. */
export const routes = (deps: Dependencies): Record<string, RouteHandler> => ({
  createJob: on({ body: createJobBody }, (request) => createJob(deps, request)),
  listJobs: on({ query: listJobsQuery }, (request) => listJobs(deps, request)),
  getJob: on({ params: jobParams }, (request) => getJob(deps, request)),
  updateJob: on({ params: jobParams, body: updateJobBody }, (request) => updateJob(deps, request)),
  deleteJob: on({ params: jobParams }, (request) => deleteJob(deps, request)),
  createCandidate: on({ params: jobParams, body: createCandidateBody }, (request) =>
    createCandidate(deps, request),
  ),
  completeCandidate: on({ params: candidateParams }, (request) => completeCandidate(deps, request)),
  listCandidates: on({ params: jobParams, query: listCandidatesQuery }, (request) =>
    listCandidates(deps, request),
  ),
  getCandidate: on({ params: candidateParams }, (request) => getCandidate(deps, request)),
  downloadCandidate: on({ params: candidateParams }, (request) => downloadCandidate(deps, request)),
  deleteCandidate: on({ params: candidateParams }, (request) => deleteCandidate(deps, request)),
  createCandidateImport: on({ params: jobParams, body: createImportBody }, (request) =>
    createImport(deps, request),
  ),
  completeCandidateImport: on({ params: importParams, body: completeImportBody }, (request) =>
    completeImport(deps, request),
  ),
  getCandidateImport: on({ params: importParams, query: getImportQuery }, (request) =>
    getImport(deps, request),
  ),
  abortCandidateImport: on({ params: importParams }, (request) => abortImport(deps, request)),
});
