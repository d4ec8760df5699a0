import { on, type RouteHandler } from '../shared/http';
import { updateAccountBody } from './contract';
import { deleteAccount } from './delete-account';
import type { Dependencies } from './dependencies';
import { exportAccount } from './export-account';
import { getAccount } from './get-account';
import { signOutEverywhere } from './sign-out-everywhere';
import { updateAccount } from './update-account';

/** Which use case answers which route of the contract. */
export const routes = (deps: Dependencies): Record<string, RouteHandler> => ({
  getAccount: on({}, (request) => getAccount(deps, request)),
  updateAccount: on({ body: updateAccountBody }, (request) => updateAccount(deps, request)),
  deleteAccount: on({}, (request) => deleteAccount(deps, request)),
  exportAccount: on({}, (request) => exportAccount(deps, request)),
  signOutEverywhere: on({}, (request) => signOutEverywhere(deps, request)),
});
