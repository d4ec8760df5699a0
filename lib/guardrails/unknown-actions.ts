import knownActions from './known-actions.json';

const known: Readonly<Record<string, readonly string[]>> = knownActions;

/**
 * Actions that match nothing in known-actions.json. IAM takes any word for an action: a misspelled one allows
 * nothing, and in a Deny forbids nothing, without a word. The file lists what this project uses, as spelled in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/.
 */
export const unknownActions = (actions: readonly string[]): string[] =>
  actions.filter((action) => {
    const [service = '', name = ''] = action.split(':');
    if (action === '*' || (service in known && name === '*')) return false;
    return !known[service]?.some((candidate) => matches(candidate, name));
  });

/** IAM compares without regard to case, but one spelling is easier to search for. */
const matches = (candidate: string, pattern: string): boolean =>
  pattern.endsWith('*') ? candidate.startsWith(pattern.slice(0, -1)) : candidate === pattern;
