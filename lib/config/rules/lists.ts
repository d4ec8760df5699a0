import { show } from '../fault';
import type { Configuration, Rule } from './rule';

/** Lists in which a repeated entry would become a second resource or rule that AWS refuses. */
const lists: Readonly<Record<string, (configuration: Configuration) => readonly string[]>> = {
  'environment.network.interfaceEndpoints': ({ environment }) => environment.network.interfaceEndpoints,
  'environment.storage.corsOrigins': ({ environment }) => environment.storage.corsOrigins,
  'environment.storage.signingKeys': ({ environment }) => environment.storage.signingKeys,
  'environment.auth.callbackUrls': ({ environment }) => environment.auth.callbackUrls,
  'environment.auth.logoutUrls': ({ environment }) => environment.auth.logoutUrls,
  'environment.auth.signIn': ({ environment }) => environment.auth.signIn,
  'environment.auth.magicLink.redirectUris': ({ environment }) =>
    environment.auth.magicLink?.redirectUris ?? [],
  'environment.auth.allowedEmailDomains': ({ environment }) => environment.auth.allowedEmailDomains,
  'environment.auth.groups': ({ environment }) => environment.auth.groups,
  'environment.api.corsOrigins': ({ environment }) => environment.api.corsOrigins,
  'environment.monitoring.emails': ({ environment }) => environment.monitoring.emails,
  'blueprint.capabilities': ({ blueprint }) => blueprint.capabilities,
  'blueprint.documentFormats': ({ blueprint }) => blueprint.documentFormats,
};

export const listRules: readonly Rule[] = [
  {
    rule: 'no list names the same thing twice',
    reads: Object.keys(lists),
    check: (configuration) =>
      Object.entries(lists).flatMap(([path, entriesOf]) =>
        entriesOf(configuration).flatMap((entry, index, entries) => {
          const first = entries.indexOf(entry);
          if (first === index) return [];
          return [
            {
              path: `${path}[${index}]`,
              found: `${show(entry)}, as in ${path}[${first}]`,
              expected: 'an entry that is not in the list yet',
              fix: 'Remove the second one.',
            },
          ];
        }),
      ),
  },
];
