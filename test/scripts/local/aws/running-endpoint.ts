/** An endpoint on a free port with its own state folder, and clients configured as on AWS but for the URL. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AuthorizationRequest, Authorizer } from '../../../../scripts/local/aws/authorization';
import type { Mail } from '../../../../scripts/local/aws/cognito/engine';
import {
  type AwsEndpoint,
  type AwsEndpointOptions,
  startAwsEndpoint,
} from '../../../../scripts/local/aws/endpoint';
import type { OutgoingMail } from '../../../../scripts/local/mailbox';
import { allowAll } from '../../../support/decisions';

import { faultsOf } from '../../../support/service-reference';
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

export const CREDENTIALS = {
  accessKeyId: 'ASIALOCALDOCUMENTS00',
  secretAccessKey: 'documents/secret+key',
  sessionToken: 'session/token+of=documents',
};
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/documents`;

export interface RunningEndpoint extends AwsEndpoint {
  readonly directory: string;
  readonly logs: string[];
  readonly mails: Mail[];
  /** What went through SES. */
  readonly sent: OutgoingMail[];
  readonly asked: AuthorizationRequest[];
  /** Replaces what decides; the default allows. */
  decide: Authorizer;
  /** Added to the clock. */
  offset: number;
  /** Stops the clock at a time; milliseconds since 1970. */
  frozenAt: number | undefined;
  /** What every SDK client takes. */
  readonly client: { endpoint: string; region: string; credentials: typeof CREDENTIALS; maxAttempts: number };
  /** Starts another endpoint over the same state, as after a crash: nothing is closed or flushed before. */
  restart(): Promise<RunningEndpoint>;
  stop(): Promise<void>;
}

/** @param options beside, or instead of, those every test shares; without a state directory it gets a new one */
export async function startEndpoint(options: Partial<AwsEndpointOptions> = {}): Promise<RunningEndpoint> {
  const stateDirectory = options.stateDirectory ?? (await mkdtemp(path.join(os.tmpdir(), 'landfall-aws-')));
  const running = {
    logs: [] as string[],
    mails: [] as Mail[],
    sent: [] as OutgoingMail[],
    asked: [] as AuthorizationRequest[],
    decide: allowAll,
    offset: 0,
    frozenAt: undefined as number | undefined,
  };
  const endpoint = await startAwsEndpoint({
    port: 0,
    region: REGION,
    accountId: ACCOUNT,
    principals: new Map([[CREDENTIALS.accessKeyId, { ...CREDENTIALS, roleArn: ROLE }]]),
    authorize: async (request) => {
      running.asked.push(request);
      // Whatever a test is about: what IAM is asked must be what AWS asks it.
      const faults = await faultsOf(request);
      if (faults.length > 0) throw new Error(faults.join(' '));
      return running.decide(request);
    },
    log: (line) => running.logs.push(line),
    deliverMail: (mail) => running.mails.push(mail),
    sendMail: async (mail) => {
      running.sent.push(mail);
    },
    ...options,
    stateDirectory,
    clock: () => (running.frozenAt ?? Date.now()) + running.offset,
  });
  const result: RunningEndpoint = Object.assign(running, endpoint, {
    directory: stateDirectory,
    client: { endpoint: endpoint.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 },
    restart: () => startEndpoint({ ...options, stateDirectory }),
    stop: async () => {
      await endpoint.close();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  });
  return result;
}
