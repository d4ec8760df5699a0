/**
 * CUSTOM_AUTH: functions of the pool say which challenges there are, ask them, and judge the answers. Somebody who
 * does not exist goes through the same functions, where the client does not tell who exists.
 */
import * as z from 'zod';
import { AwsError } from '../errors';
import {
  type Answer,
  type Attempt,
  challenged,
  eventUser,
  findUser,
  type Parameters,
  required,
  requireSame,
  runPreAuthentication,
  wrongCredentials,
} from './attempt';
import type { Challenged, Round } from './challenges';
import { challengeAfterPassword, complete, requireActive } from './completion';
import { type finishSrp, startSrp } from './password-factor';
import type { User } from './records';
import type { TriggerName } from './settings';
import { clientMetadata, runTrigger } from './triggers';

const FUNCTIONS: readonly TriggerName[] = [
  'DefineAuthChallenge',
  'CreateAuthChallenge',
  'VerifyAuthChallengeResponse',
];

const defined = z.object({
  challengeName: z.string().nullish(),
  issueTokens: z.boolean().nullish(),
  failAuthentication: z.boolean().nullish(),
});
const texts = z.record(z.string(), z.string());
const created = z.object({
  publicChallengeParameters: texts.nullish(),
  privateChallengeParameters: texts.nullish(),
  challengeMetadata: z.string().nullish(),
});
const verified = z.object({ answerCorrect: z.boolean() });

/** Somebody on their way through the challenges. */
interface Candidate {
  /** Undefined: who does not exist. */
  readonly user: User | undefined;
  readonly who: Challenged;
  readonly rounds: readonly Round[];
  /** Public value of SRP, where the sign-in begins with a password. */
  readonly A?: string | undefined;
}

export async function startCustom(attempt: Attempt, parameters: Parameters): Promise<Answer> {
  const { pool } = attempt;
  if (FUNCTIONS.some((name) => !pool.settings.triggers[name]))
    throw new AwsError(
      'InvalidParameterException',
      'Custom auth lambda trigger is not configured for the user pool.',
    );
  const name = required(parameters, 'USERNAME');
  const user = findUser(attempt, name);
  await runPreAuthentication(attempt, user, name);
  if (user) requireActive(user);
  const first = parameters.CHALLENGE_NAME;
  if (first !== undefined && first !== 'SRP_A')
    throw new AwsError('InvalidParameterException', `CHALLENGE_NAME must be SRP_A, found ${first}.`);
  const A = first && required(parameters, 'SRP_A');
  const rounds: Round[] = A ? [round('SRP_A', true)] : [];
  return next(attempt, { user, who: challenged(user, name), rounds, A });
}

const round = (challengeName: string, challengeResult: boolean, challengeMetadata: string | null = null) => ({
  challengeName,
  challengeResult,
  challengeMetadata,
});

const nameOf = ({ who }: Candidate): string => who.unknownName ?? who.username;

function eventOf({ client, metadata }: Attempt, candidate: Candidate) {
  return {
    clientId: client.id,
    userName: nameOf(candidate),
    request: { ...eventUser(candidate.user), ...clientMetadata(metadata) },
  };
}

/** Asks DefineAuthChallenge what comes now. */
async function next(attempt: Attempt, candidate: Candidate): Promise<Answer> {
  const { user, rounds, A } = candidate;
  const event = eventOf(attempt, candidate);
  const answer = await runTrigger(attempt.pool, {
    trigger: 'DefineAuthChallenge',
    source: 'DefineAuthChallenge_Authentication',
    ...event,
    request: { ...event.request, session: rounds },
    response: { challengeName: null, issueTokens: null, failAuthentication: null },
    answer: defined,
  });
  if (answer?.failAuthentication) throw wrongCredentials();
  if (answer?.issueTokens) {
    if (!user) throw wrongCredentials();
    requireActive(user);
    return complete(attempt, user);
  }
  if (answer?.challengeName === 'CUSTOM_CHALLENGE') return ask(attempt, candidate);
  if (answer?.challengeName === 'PASSWORD_VERIFIER' && A !== undefined)
    return startSrp(attempt, user, nameOf(candidate), { A, rounds, withSession: true });
  throw new AwsError(
    'InvalidLambdaResponseException',
    `DefineAuthChallenge answered neither issueTokens, failAuthentication nor a challenge that can be asked now: ${answer?.challengeName ?? 'none'}.`,
  );
}

/** Has CreateAuthChallenge make a challenge. */
async function ask(attempt: Attempt, candidate: Candidate): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const { who, rounds } = candidate;
  const event = eventOf(attempt, candidate);
  const answer = await runTrigger(pool, {
    trigger: 'CreateAuthChallenge',
    source: 'CreateAuthChallenge_Authentication',
    ...event,
    request: { ...event.request, challengeName: 'CUSTOM_CHALLENGE', session: rounds },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
    answer: created,
  });
  const session = challenges.keep(pool, client, who, {
    name: 'CUSTOM_CHALLENGE',
    rounds,
    metadata: answer?.challengeMetadata ?? null,
    privateParameters: answer?.privateChallengeParameters ?? {},
  });
  return {
    ChallengeName: 'CUSTOM_CHALLENGE',
    Session: session,
    ChallengeParameters: { USERNAME: who.username, ...answer?.publicChallengeParameters },
  };
}

/** Has VerifyAuthChallengeResponse judge an answer. */
export async function answerCustom(
  attempt: Attempt,
  session: string | undefined,
  responses: Parameters,
): Promise<Answer> {
  const { pool, client, challenges } = attempt;
  const challengeAnswer = required(responses, 'ANSWER');
  const challenge = challenges.take(session, pool, client, 'CUSTOM_CHALLENGE');
  requireSame(pool, challenge, required(responses, 'USERNAME'));
  const { rounds, metadata, privateParameters } = challenge;
  const candidate = { user: pool.users.get(challenge.username), who: challenge, rounds };
  const event = eventOf(attempt, candidate);
  const answer = await runTrigger(pool, {
    trigger: 'VerifyAuthChallengeResponse',
    source: 'VerifyAuthChallengeResponse_Authentication',
    ...event,
    request: { ...event.request, privateChallengeParameters: privateParameters, challengeAnswer },
    response: { answerCorrect: null },
    answer: verified,
  });
  return next(attempt, {
    ...candidate,
    rounds: [...rounds, round('CUSTOM_CHALLENGE', answer?.answerCorrect ?? false, metadata)],
  });
}

/** The answer to PASSWORD_VERIFIER in a custom sign-in, whose functions also hear of a wrong password. */
export async function answerCustomPassword(
  attempt: Attempt,
  { challenge, user }: ReturnType<typeof finishSrp>,
): Promise<Answer> {
  // As on AWS, choosing a password ends the custom part.
  if (user?.status === 'FORCE_CHANGE_PASSWORD')
    return challengeAfterPassword(attempt, user) ?? complete(attempt, user);
  return next(attempt, {
    user: attempt.pool.users.get(challenge.username),
    who: challenge,
    rounds: [...(challenge.rounds ?? []), round('PASSWORD_VERIFIER', user !== undefined)],
  });
}
