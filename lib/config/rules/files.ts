import { show } from '../fault';
import type { Rule } from './rule';

export const fileRules: readonly Rule[] = [
  {
    rule: 'documents have formats, and only where there are documents',
    reads: ['blueprint.capabilities', 'blueprint.documentFormats'],
    check: ({ blueprint: { capabilities, documentFormats } }) => {
      const documents = capabilities.includes('documents');
      if (documents === documentFormats.length > 0) return [];
      return [
        {
          path: 'blueprint.documentFormats',
          found: documents ? 'an empty list' : show(documentFormats),
          expected: documents
            ? 'at least one format, with capability "documents"'
            : 'no format: the blueprint has no documents',
          fix: documents
            ? 'Add the formats that documents may have, such as "pdf".'
            : 'Empty the list, or add "documents" to blueprint.capabilities.',
        },
      ];
    },
  },
  {
    rule: 'workers can reach their queue',
    reads: ['environment.network.egress', 'environment.network.interfaceEndpoints'],
    check: ({ environment: { network } }) =>
      network.egress !== 'none' || network.interfaceEndpoints.includes('sqs')
        ? []
        : [
            {
              path: 'environment.network.interfaceEndpoints',
              found: `${show(network.interfaceEndpoints)}, with egress "none"`,
              expected:
                'an endpoint for sqs: workers put a file off, or give it up, by a call to their queue',
              fix: 'Add "sqs" to environment.network.interfaceEndpoints, or choose another egress.',
            },
          ],
  },
];
