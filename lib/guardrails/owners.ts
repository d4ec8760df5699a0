/** Areas that answer for what was accepted in their stacks. They are areas, not people: those change more often. */
export type Owner = 'network' | 'data' | 'identity' | 'application' | 'operations';

/** By the last part of a stack's name. */
const owners: Readonly<Record<string, Owner>> = {
  encryption: 'data',
  network: 'network',
  database: 'data',
  storage: 'data',
  auth: 'identity',
  cache: 'data',
  api: 'application',
  jobs: 'application',
  processing: 'application',
  monitoring: 'operations',
  'monitoring-global': 'operations',
  deployment: 'operations',
};

/** Nobody answers for a stack that is not ours, as the stacks of tests are. */
export function ownerOf(stackName: string): Owner | undefined {
  // Names of environments have hyphens too, and so have two names of stacks: the longest end that is one counts.
  const steps = stackName.split('-');
  if (steps[0] !== 'landfall') return undefined;
  return steps.map((_, place) => owners[steps.slice(place).join('-')]).find((owner) => owner !== undefined);
}
