import type { Blueprint } from '../schema';
import { chatbots } from './chatbots';
import { copilot } from './copilot';
import { documents } from './documents';
import { friends } from './friends';
import { platform } from './platform';
import { resumes } from './resumes';

/** Every blueprint there is; tests and guards loop over all of them. */
export const blueprints: Readonly<Record<string, Blueprint>> = {
  platform,
  documents,
  resumes,
  copilot,
  friends,
  chatbots,
};
