import type { Runtime } from '../running';
import type { ConsoleContext } from './context';

/** Outputs of the stacks, with addresses on AWS replaced by the local ones. */
export function localOutputs(
  { deployed, url }: Pick<Runtime, 'deployed' | 'url'>,
  { api, declared, signInUrl }: Pick<ConsoleContext, 'api' | 'declared' | 'signInUrl'>,
): Record<string, Record<string, string>> {
  const [stage] = api.stages;
  const apiOnAws = new RegExp(`^https://${api.id}\\.execute-api\\.[^/]+/${stage?.name ?? ''}/?$`);
  const domains = declared.userPoolDomains.map(({ addressOnAws }) => addressOnAws);
  const local = (value: string) => (apiOnAws.test(value) ? url : domains.includes(value) ? signInUrl : value);
  return Object.fromEntries(
    Object.entries(deployed.outputs).map(([stack, outputs]) => [
      stack,
      Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, local(value)])),
    ]),
  );
}
