import type { Commands } from './command';

/** What `npm run landfall -- migrate` can do; a command's module is loaded when it is asked for. */
export const commands: Commands = {
  users: {
    summary: 'users of Supabase Auth, or of a CSV or JSON file, to a Cognito user pool',
    load: async () => (await import('./users/command')).command,
  },
};

/** What `npm run landfall` can do with a system that runs. */
export const operations: Commands = {
  redrive: {
    summary: 'lists messages that workers gave up, and moves them back to their queue',
    load: async () => (await import('../redrive/command')).command,
  },
};
