/** The documents list from the use case down to Postgres, against the bare SQL on the same kind of connection. */
import { Client, type ClientConfig } from 'pg';
import { listDocuments } from '../../lambdas/documents/list-documents';
import { documentPage } from '../../lambdas/documents/queries';
import { openDatabase } from '../../lambdas/shared/database';
import { startTestDatabase } from '../support/database';
import { insertDocument } from '../support/documents';
import { startTcpProxy } from '../support/tcp-proxy';
import { inTurn, median, quantile, round, type Topic } from './measure';

const identity = {
  issuer: 'https://issuer.example.com',
  subject: 'bench',
  email: 'user@example.com',
  claims: { auth_time: 1_700_000_000, groups: ['admin'] },
};
const callsPerSample = 200;
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
    const far = await startTcpProxy(target.port, { delayMs: 1 });
    const opened: { close(): Promise<void> }[] = [far];
    try {
      const userId = await test.open().withUser(identity, async (tx) => tx.userId);
      for (let i = 0; i < documents; i++) await insertDocument(test.admin, { userId, name: `Document ${i}` });
      await test.admin.query('analyze landfall.documents');
      const page = documentPage({ limit: 20, type: undefined, after: undefined });
      const values = [...(page.values ?? [])];
      // The same rows in the same order, the user given as a literal where the policy would have put it.
      const text = page.text.replace('where ', `where user_id = '${userId}'::uuid and `);

      const candidatesAt = async (network: string, port: number) => {
        const {
          user,
          password,
          database: name,
          host,
          ssl,
        } = test.admin as Client & { ssl: ClientConfig['ssl'] };
        const bare = new Client({ user, password, database: name, host, ssl, port });
        await bare.connect();
        const database = openDatabase(async () => ({ ...target, port }));
        opened.unshift({ close: () => bare.end() }, database);
        const awaited = async () => {
          await bare.query('begin');
          await bare.query('select landfall.identify($1, $2, $3, $4)', Object.values(identity));
          await bare.query(text, values);
          await bare.query('commit');
        };
        return {
          [`${network}: bare SQL, no row-level security`]: () => bare.query(text, values),
          [`${network}: four awaited statements`]: awaited,
          [`${network}: withUser, one flight`]: () => database.withUser(identity, page),
          [`${network}: use case listDocuments`]: () => listDocuments({ database }, request),
        };
      };
      const candidates = {
        ...(await candidatesAt('loopback', target.port)),
        ...(await candidatesAt('2 ms away', far.port)),
      };
      const all: Record<string, number[]> = {};
      const measured = (name: string, call: () => Promise<unknown>) => async () => {
        const samples = await time(call);
        all[name] = [...(all[name] ?? []), ...samples];
        return median(samples);
      };
      for (const call of Object.values(candidates)) await time(call);
      const medians = await inTurn(
        runs,
        Object.fromEntries(Object.entries(candidates).map(([name, call]) => [name, measured(name, call)])),
      );
      const turns: Record<string, number> = {};
      for (const [name, call] of Object.entries(candidates)) {
        const before = far.turns();
        for (let i = 0; i < 20; i++) await call();
        turns[name.replace('2 ms away', 'loopback')] = turns[name] = (far.turns() - before) / 20;
      }
      const p50 = (name: string) => median(medians[name] ?? []);
      return {
        topic: 'read-path',
        reference:
          'the same SQL awaited on a bare pg connection over TLS, as a role that policies do not apply to',
        goal: '<= 1.25 x on loopback, <= 1.15 x at 2 ms, one round trip',
        rows: Object.keys(candidates).map((what) => ({
          what,
          figures: {
            'p50 us': round(p50(what), 0),
            'p99 us': round(quantile(all[what] ?? [], 0.99), 0),
            'x bare': round(p50(what) / p50(what.replace(/: .*/, ': bare SQL, no row-level security'))),
            'round trips': turns[what] ?? 0,
          },
        })),
      };
    } finally {
      for (const { close } of opened) await close();
      await test.close();
    }
  },
};
