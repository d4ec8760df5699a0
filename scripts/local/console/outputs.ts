import type { Runtime } from '../running';
import type { ConsoleContext } from './context';

/** Outputs of the stacks, with addresses on AWS replaced by the local ones. */
export function localOutputs(
  { deployed, url }: Pick<Runtime, 'deployed' | 'url'>,
  { api, declared, signInUrl, cdnUrl }: Pick<ConsoleContext, 'api' | 'declared' | 'signInUrl' | 'cdnUrl'>,
): Record<string, Record<string, string>> {
  const [stage] = api.stages;
  const apiOnAws = new RegExp(`^https://${api.id}\\.execute-api\\.[^/]+/${stage?.name ?? ''}/?$`);
  const domains = declared.userPoolDomains.map(({ addressOnAws }) => addressOnAws);
  const files = declared.delivery.distributions.flatMap(({ aliases }) =>
    aliases.map((name) => `https://${name}`),
  );
  const local = (value: string) => {
    if (apiOnAws.test(value)) return url;
    if (domains.includes(value)) return signInUrl;
    return files.includes(value) ? cdnUrl : value;
  };
  return Object.fromEntries(
    Object.entries(deployed.outputs).map(([stack, outputs]) => [
      stack,
      Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, local(value)])),
    ]),
  );
}
