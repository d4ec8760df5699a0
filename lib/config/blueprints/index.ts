import type { Blueprint } from '../schema';
import { documents } from './documents';
import { platform } from './platform';

/** Every blueprint there is; tests and guards loop over all of them. */
export const blueprints: Readonly<Record<string, Blueprint>> = { platform, documents };
