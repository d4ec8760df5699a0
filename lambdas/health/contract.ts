import * as z from 'zod';
import type { Contract } from '../shared/contract';

export const healthSchema = z
  .strictObject({
    status: z.literal('ok'),
    version: z.string().meta({ description: 'Version of the deployed code.', examples: ['0.1.0'] }),
    checks: z.strictObject({
      database: z.literal('ok').meta({ description: 'A query was answered in time.' }),
      cache: z
        .enum(['ok', 'off'])
        .meta({ description: '`off`: this environment has no cache.', examples: ['ok'] }),
    }),
  })
  .meta({ title: 'Health' });

export const contract: Contract = {
  domain: 'health',
  description: 'Tells whether the service and what it depends on can be reached.',
  impact: 'Uptime checks and deployment smoke tests fail; users notice nothing unless other alarms fire too.',
  memoryMiB: 256,
  timeoutSeconds: 10,
  routes: [
    {
      id: 'getHealth',
      method: 'GET',
      path: '/health',
      authorization: 'public',
      publicReason: 'Uptime checks carry no token; the answer holds a version and reachability, no data.',
      publicSince: '2026-11-20',
      summary: 'Version, database and cache reachability',
      description:
        'Answers 200 when everything this environment has can be reached, otherwise 503 with the failing ' +
        'part in `error.details.checks`.',
      response: { status: 200, description: 'Everything can be reached.', schema: healthSchema },
      errors: ['unavailable'],
      uses: [{ database: 'app' }, { cache: true }],
    },
  ],
};
