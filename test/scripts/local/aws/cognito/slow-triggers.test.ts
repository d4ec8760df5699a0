import { type DeployedPool, deployPool } from './deployed-pool';
import { error } from './running-pool';

let pool: DeployedPool;

/** Hangs as often as the name says before it answers; each invocation is a line of the file of events. */
const rules = {
  PreSignUp_SignUp: `
    const { readFileSync } = require('node:fs');
    const { email } = event.request.userAttributes;
    const invocations = readFileSync(process.env.EVENTS, 'utf8').split(email).length - 1;
    if (email.startsWith('crash')) process.exit(3);
    if (invocations <= Number(email.match(/\\d/)[0])) await new Promise((resolve) => setTimeout(resolve, 8_000));
    event.response.autoConfirmUser = true;`,
};

beforeAll(async () => {
  // Longer than a process takes to start on a busy machine, shorter than AWS waits.
  pool = await deployPool({ triggers: ['PreSignUp'], rules, triggerTimeoutMs: 2000 });
});
beforeEach(() => pool.forgetEvents());
afterAll(() => pool.stop());

test('a function that does not answer in time is invoked again with the same event, and its late answer ignored', async () => {
  expect(await pool.signUp('twice-2@example.com')).toMatchObject({ UserConfirmed: true });
  const events = pool.events('PreSignUp_SignUp');
  expect(events).toHaveLength(3);
  for (const event of events) expect(event).toEqual(events[0]);
});

test('after the third time it has failed, and nothing has happened', async () => {
  await expect(pool.signUp('always-9@example.com')).rejects.toEqual(
    error(
      'UnexpectedLambdaException',
      'PreSignUp failed with error Socket timeout while invoking Lambda function.',
    ),
  );
  expect(pool.events('PreSignUp_SignUp')).toHaveLength(3);
  expect(pool.aws.cognito.pool(pool.UserPoolId).find('always-9@example.com')).toBeUndefined();
});

test('a function that crashes has failed at once', async () => {
  await expect(pool.signUp('crash-0@example.com')).rejects.toEqual(
    error('UserLambdaValidationException', 'PreSignUp failed with error Runtime exited'),
  );
  expect(pool.events('PreSignUp_SignUp')).toHaveLength(1);
});
