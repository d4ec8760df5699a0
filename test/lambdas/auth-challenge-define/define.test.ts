import type { DefineAuthChallengeTriggerEvent } from 'aws-lambda';
import { define } from '../../../lambdas/auth-challenge-define/define';
import { handler } from '../../../lambdas/auth-challenge-define/handler';

const answered = (...results: boolean[]) =>
  results.map((challengeResult) => ({ challengeName: 'CUSTOM_CHALLENGE' as const, challengeResult }));
const known = { userNotFound: false };
const ask = { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false };
const pass = { issueTokens: true, failAuthentication: false };
const fail = { issueTokens: false, failAuthentication: true };

test.each([
  ['a sign-in begins with the challenge', [], ask],
  ['a wrong answer gets another chance', answered(false), ask],
  ['and a third one', answered(false, false), ask],
  ['three wrong answers end it', answered(false, false, false), fail],
  ['the right answer gets tokens', answered(true), pass],
  ['also after the answer that asked for the link', answered(false, true), pass],
  ['a right answer that is not the last one gets nothing', answered(true, false, false), fail],
  [
    'a password does not stand in for the link',
    [{ challengeName: 'PASSWORD_VERIFIER', challengeResult: true }],
    fail,
  ],
  ['nor beside it', [{ challengeName: 'SRP_A', challengeResult: true }, ...answered(true)], fail],
])('%s', (_, steps, decision) => {
  expect(define(steps, known)).toEqual(decision);
});

test('a user who does not exist is asked the same, and gets no token for any answer', () => {
  const unknown = { userNotFound: true };
  for (const steps of [[], answered(false), answered(false, false)]) {
    expect(define(steps, unknown)).toEqual(define(steps, known));
  }
  expect(define(answered(true), unknown)).toEqual(fail);
});

test('the trigger answers the event it got, as Cognito wants it back', async () => {
  const event: DefineAuthChallengeTriggerEvent = {
    version: '1',
    region: 'us-east-1',
    userPoolId: 'us-east-1_AbCdEfGhI',
    triggerSource: 'DefineAuthChallenge_Authentication',
    userName: 'someone',
    callerContext: { awsSdkVersion: 'aws-sdk-js-3', clientId: 'client' },
    request: { userAttributes: { sub: 'someone' }, session: answered(false, true), userNotFound: false },
    response: { challengeName: undefined, issueTokens: false, failAuthentication: false },
  };
  expect(await handler(event)).toEqual({ ...event, response: { challengeName: undefined, ...pass } });
});

test('an event that is none of Cognito’s is refused', async () => {
  const event = { request: { session: 'none' } } as unknown as DefineAuthChallengeTriggerEvent;
  await expect(handler(event)).rejects.toThrow('session');
});
