import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { create } from '../../lambdas/auth-challenge-create/create';
import { define, type Step } from '../../lambdas/auth-challenge-define/define';
import { redeem } from '../../lambdas/auth-challenge-verify/redeem';
import type { Mail } from '../../lambdas/magic-link-sender/mail';
import { sendLink } from '../../lambdas/magic-link-sender/send-link';
import type { CheckMac, LinkRequest, Sign } from '../../lambdas/shared/magic-link';
import type { AnswerChallenge, SignInOutcome } from '../../lambdas/shared/user-pool';
import type { TestLinkTable } from './magic-link-table';

const key = randomBytes(32);
export const sign: Sign = async (text) => createHmac('sha256', key).update(text).digest();
export const checkMac: CheckMac = async (text, mac) => timingSafeEqual(await sign(text), Buffer.from(mac));

export const redirectUri = 'https://app.example.com/sign-in';

/** One sign-in of a client: what Cognito keeps in a session. */
export interface SignIn {
  answer(answer: string, metadata?: Readonly<Record<string, string>>): Promise<SignInOutcome>;
}

/**
 * What Cognito does with the triggers of a custom challenge, and nothing else of it: whose turn it is, what each
 * gets to see, and when there are tokens. The triggers, the sender and the table are the real ones.
 */
export class MagicLinkPool {
  readonly userPoolId = 'us-east-1_AbCdEfGhI';
  readonly clientId = 'client';
  now = new Date('2026-03-01T09:30:00Z');
  /** Addresses of the users, by their name in the pool. */
  readonly users = new Map<string, { email: string; verified: boolean; locale?: string }>();
  /** What the sender was asked, with what came of it. */
  readonly requests: LinkRequest[] = [];
  readonly outcomes: string[] = [];
  readonly mails: { readonly to: string; readonly mail: Mail }[] = [];
  /** Set to let the mail of a link fail. */
  mailFails = false;

  constructor(private readonly table: TestLinkTable) {}

  addUser(email: string, { verified = true, locale }: { verified?: boolean; locale?: string } = {}): string {
    const username = randomUUID();
    this.users.set(username, { email, verified, ...(locale && { locale }) });
    return username;
  }

  /** What the sender does with an event of Lambda's. */
  async send(request: LinkRequest, requestId: string = randomUUID()): Promise<void> {
    const deliver = async (to: string, mail: Mail) => {
      if (this.mailFails) throw new Error('SES is not there');
      this.mails.push({ to, mail });
    };
    const clock = () => this.now;
    const deps = {
      table: this.table,
      sign,
      deliver,
      clock,
      randomBytes,
      application: 'Landfall',
      minutes: 10,
    };
    this.outcomes.push(await sendLink(deps, request, requestId));
  }

  /** @param name of a user or address, as typed in */
  async begin(name: string, clientId = this.clientId): Promise<SignIn> {
    const [username, user] = [...this.users].find(([id, { email }]) => id === name || email === name) ?? [
      name,
    ];
    const userNotFound = user === undefined;
    const attributes: Record<string, string> = user
      ? {
          sub: username,
          email: user.email,
          email_verified: String(user.verified),
          ...(user.locale && { locale: user.locale }),
        }
      : {};
    const who = { userPoolId: this.userPoolId, clientId, username, userNotFound };
    const steps: Step[] = [];
    const challenge = (metadata: Readonly<Record<string, string>>) =>
      create(
        {
          send: async (request) => {
            this.requests.push(request);
            await this.send(request);
          },
          newId: randomUUID,
          redirectUris: [redirectUri],
          minutes: 10,
        },
        { ...who, attributes, metadata },
      );
    let current = await challenge({});
    return {
      answer: async (answer, metadata = {}) => {
        const { attempt } = current.privateChallengeParameters;
        const deps = { table: this.table, checkMac, clock: () => this.now };
        const challengeResult = await redeem(deps, { ...who, answer, attempt });
        steps.push({ challengeName: 'CUSTOM_CHALLENGE', challengeResult });
        const decision = define(steps, { userNotFound });
        if (decision.issueTokens) {
          return { tokens: { accessToken: 'a', idToken: username, refreshToken: 'r', expiresIn: 3600 } };
        }
        if (decision.failAuthentication) return { refusal: 'NotAuthorizedException' };
        current = await challenge(metadata);
        return { challenge: 'CUSTOM_CHALLENGE' };
      },
    };
  }

  readonly answerChallenge: AnswerChallenge = async ({ username, answer, metadata }) =>
    (await this.begin(username)).answer(answer, metadata);

  /** The token in the newest mail. */
  newestToken(): string {
    const token = /#token=([\w.-]+)/.exec(this.mails.at(-1)?.mail.text ?? '')?.[1];
    if (!token) throw new Error('no mail with a token');
    return token;
  }
}
