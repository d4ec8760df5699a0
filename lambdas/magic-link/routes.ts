import { on, type RouteHandler } from '../shared/http';
import { requestLinkBody, verifyLinkBody } from './contract';
import type { Dependencies } from './dependencies';
import { requestLink } from './request-link';
import { verifyLink } from './verify-link';

/** Which use case answers which route of the contract. */
export const routes = (deps: Dependencies): Record<string, RouteHandler> => ({
  requestMagicLink: on({ body: requestLinkBody }, (request) => requestLink(deps, request)),
  verifyMagicLink: on({ body: verifyLinkBody }, (request) => verifyLink(deps, request)),
});
