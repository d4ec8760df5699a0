/** The documents list from the use case down to Postgres, against the bare SQL on the same kind of connection. */
import { listDocuments } from '../../lambdas/documents/list-documents';
import { documentPage } from '../../lambdas/documents/queries';
import { openDatabase } from '../../lambdas/shared/database';
import { startTestDatabase } from '../support/database';
import { insertDocument } from '../support/documents';
import { startTcpProxy } from '../support/tcp-proxy';
import { inTurn, median, quantile, round, type Topic } from './measure';

const identity = { issuer: 'https://issuer.example.com', subject: 'bench', email: 'user@example.com' };
const callsPerSample = 300;
const documents = 200;
const request = {
  identity,
  query: { limit: 20, type: undefined, cursor: undefined },
  params: undefined,
  body: undefined,
  requestId: 'bench',
} as unknown as Parameters<typeof listDocuments>[1];

/** Microseconds of each call. */
async function time(call: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < callsPerSample; i++) {
    const start = process.hrtime.bigint();
    await call();
    samples.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return samples;
}

export const readPath: Topic = {
  name: 'read-path',
  async run(runs) {
    const test = await startTestDatabase();
    const target = test.target('app');
    const proxy = await startTcpProxy(target.port);
    const database = test.open();
    const counted = openDatabase(async () => ({ ...target, port: proxy.port }));
    try {
      const userId = await database.withUser(identity, async (tx) => tx.userId);
      for (let i = 0; i < documents; i++) await insertDocument(test.admin, { userId, name: `Document ${i}` });
      await test.admin.query('analyze landfall.documents');
      const bare = test.admin;
      const page = documentPage({ limit: 20, type: undefined, after: undefined });
      // The same rows in the same order, the user given as a literal where the policy would have put it.
      const text = page.text.replace('where ', `where user_id = '${userId}'::uuid and `);
      const values = [...(page.values ?? [])];
      const awaited = async () => {
        await bare.query('begin');
        await bare.query('select landfall.identify($1, $2, $3)', [
          identity.issuer,
          identity.subject,
          identity.email,
        ]);
        await bare.query(page.text, values);
        await bare.query('commit');
      };
      const all: Record<string, number[]> = {};
      const measured = (name: string, call: () => Promise<unknown>) => async () => {
        const samples = await time(call);
        all[name] = [...(all[name] ?? []), ...samples];
        return median(samples);
      };
      const candidates = {
        'bare SQL, no row-level security': () => bare.query(text, values),
        'four awaited statements': awaited,
        'withUser, one flight': () => database.withUser(identity, page),
        'use case listDocuments': () => listDocuments({ database }, request),
      };
      for (const call of Object.values(candidates)) await time(call);
      const samples = await inTurn(
        runs,
        Object.fromEntries(Object.entries(candidates).map(([name, call]) => [name, measured(name, call)])),
      );
      await counted.withUser(identity, page);
      const before = proxy.turns();
      for (let i = 0; i < 100; i++) await counted.withUser(identity, page);
      const roundTrips = (proxy.turns() - before) / 100;
      const reference = median(samples['bare SQL, no row-level security'] ?? []);
      return {
        topic: 'read-path',
        reference:
          'the same SQL awaited on a bare pg connection over TLS, as a role that policies do not apply to',
        goal: '<= 1.25 x with row-level security, one round trip',
        rows: Object.keys(candidates).map((what) => ({
          what,
          figures: {
            'p50 us': round(median(samples[what] ?? []), 0),
            'p99 us': round(quantile(all[what] ?? [], 0.99), 0),
            'x bare': round(median(samples[what] ?? []) / reference),
            'round trips': what.startsWith('bare') ? 1 : what.startsWith('four') ? 4 : roundTrips,
          },
        })),
      };
    } finally {
      await counted.close();
      await test.close();
      await proxy.close();
    }
  },
};
