import type { CognitoEngine } from '../engine';
import type { UserPool } from '../user-pool';
import type { AuthorizationCodes } from './authorization-codes';
import type { BrowserSessions } from './browser-sessions';
import type { Forms } from './forms';

/** What every page and endpoint of one domain shares. */
export interface HostedContext {
  readonly engine: CognitoEngine;
  readonly pool: UserPool;
  readonly codes: AuthorizationCodes;
  readonly sessions: BrowserSessions;
  readonly forms: Forms;
}
