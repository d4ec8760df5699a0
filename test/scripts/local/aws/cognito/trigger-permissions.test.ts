import { type DeployedPool, deployPool, type PoolDeclaration } from './deployed-pool';
import { error } from './running-pool';

let pool: DeployedPool;

afterEach(() => pool.stop());

const open = async (permits?: PoolDeclaration['permits']) => {
  pool = await deployPool({ triggers: ['PreSignUp'], rules: {}, ...(permits && { permits }) });
};

test('a trigger runs when the policy of its function names the pool', async () => {
  await open();
  await pool.signUp('a@example.com');
  expect(pool.events('PreSignUp_SignUp')).toHaveLength(1);
});

test.each<[string, PoolDeclaration['permits']]>([
  ['has no statement', 'nobody'],
  [
    'names another pool',
    { sourceArn: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Another01' },
  ],
])('a trigger whose function’s policy %s is refused to Cognito, and does not run', async (_, permits) => {
  await open(permits);
  await expect(pool.signUp('a@example.com')).rejects.toMatchObject(
    error('UnexpectedLambdaException', 'PreSignUp invocation failed due to error AccessDeniedException.'),
  );
  expect(pool.events('PreSignUp_SignUp')).toEqual([]);
});
