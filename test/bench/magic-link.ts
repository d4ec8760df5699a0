/** Sign-in by magic link through the whole runtime: a race for one link, and whether time tells who is a user. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { startRuntime } from '../../scripts/local/runtime';
import { MagicLinkClient } from '../journeys/magic-link-client';
import { inTurn, median, quantile, type Row, round, type Topic } from './measure';

const racers = 50;
const requests = 200;

/** On one machine, the mail to a user whom the last sample knew would be paid for by the next one. */
const quietMs = 200;

/** Milliseconds. */
async function time(task: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await task();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Figures of both sides; the noise is what the same ratio is between two halves of the same side. */
function compared(where: string, { known, unknown }: Record<'known' | 'unknown', number[]>): Row[] {
  const [even, odd] = [0, 1].map((rest) => unknown.filter((_, index) => index % 2 === rest));
  const row = (what: string, samples: number[], more: Row['figures'] = {}): Row => ({
    what: `${where}: ${what}`,
    figures: { 'p50 ms': round(median(samples), 1), 'p99 ms': round(quantile(samples, 0.99), 1), ...more },
  });
  return [
    row('unknown e-mail', unknown, { noise: round(median(even ?? []) / median(odd ?? []), 3) }),
    row('known e-mail', known, { 'x unknown': round(median(known) / median(unknown), 3) }),
  ];
}

export const magicLink: Topic = {
  name: 'magic-link',
  async run(runs) {
    const stateDirectory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-magic-link-'));
    const runtime = await startRuntime({ port: 0, stateDirectory, blueprint: 'platform' });
    const cognito = new CognitoIdentityProviderClient({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${runtime.ports.aws}`,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
    try {
      const client = new MagicLinkClient(runtime);
      const rows: Row[] = [];

      const statuses: number[] = [];
      const wall: number[] = [];
      for (let run = 0; run < runs; run++) {
        const email = `race-${run}@example.com`;
        await runtime.identity.token(email);
        await client.request(email);
        const { token } = await client.linkMail(email);
        const race = () =>
          Promise.all(Array.from({ length: racers }, async () => (await client.verify(token)).status));
        wall.push(await time(async () => statuses.push(...(await race()))));
      }
      const share = (status: number) => statuses.filter((one) => one === status).length / runs;
      rows.push({
        what: `${racers} redemptions of one link at once`,
        figures: { 'p50 ms': round(median(wall), 0), signedIn: share(200), refused: share(401) },
      });

      /** Asks the pool itself, whose answer no floor delays. */
      const askPool = async (email: string) => {
        const ClientId = client.settings.USER_POOL_CLIENT_ID;
        const AuthParameters = { USERNAME: email };
        const begun = await cognito.send(
          new InitiateAuthCommand({ ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters }),
        );
        await cognito.send(
          new RespondToAuthChallengeCommand({
            ClientId,
            ChallengeName: 'CUSTOM_CHALLENGE',
            Session: begun.Session,
            ChallengeResponses: { USERNAME: begun.ChallengeParameters?.USERNAME ?? email, ANSWER: 'send' },
            ClientMetadata: { redirectUri: client.redirectUri },
          }),
        );
      };
      const ask = { 'the pool': askPool, 'the route': (email: string) => client.request(email) };
      for (const [where, one] of Object.entries(ask)) {
        let [asKnown, asUnknown] = [0, 0];
        const name = (kind: string, index: number) => `${kind}-${where.length}-${index}@example.com`;
        for (let index = 0; index < requests; index++) await runtime.identity.token(name('known', index));
        for (let index = 0; index < 10; index++) await one(`warm-${index}@example.com`);
        const alone = async (email: string) => {
          await wait(quietMs);
          return time(() => one(email));
        };
        const samples = await inTurn(requests, {
          known: () => alone(name('known', asKnown++)),
          unknown: () => alone(name('other', asUnknown++)),
        });
        rows.push(...compared(where, samples));
      }
      return {
        topic: 'magic-link',
        reference: `unknown e-mails in the same run, ${requests} of each kind in turn, every user another`,
        goal: 'one of 50 is signed in; known and unknown e-mails differ by no more than the noise',
        rows,
      };
    } finally {
      cognito.destroy();
      await runtime.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    }
  },
};
