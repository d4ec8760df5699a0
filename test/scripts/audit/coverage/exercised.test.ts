import { AccessRecord } from '../../../../scripts/local/access-record';
import { generatedName } from '../../../../scripts/local/deployment';
import { assemblyDirectory, resourcesOf, templateOf } from '../../../support/assembly';
import { expectExercised, listing } from '../../../support/exercised';

const [[roleId = ''] = []] = resourcesOf(templateOf('local-documents', 'api'), 'AWS::IAM::Role').filter(
  ([id]) => id.startsWith('documents'),
);
const caller = {
  kind: 'role',
  session: 'documents',
  arn: `arn:aws:iam::000000000000:role/${generatedName('landfall-local-api', roleId)}`,
} as const;
const implicit = { effect: 'deny', reason: 'implicit', missing: 'identity' } as const;

/** A run that used nothing, and was denied this. */
function run(...denied: readonly string[]) {
  const access = new AccessRecord(assemblyDirectory('local-documents'));
  for (const action of denied) access.add({ caller, action, resource: 'arn:aws:s3:::documents' }, implicit);
  return { access };
}

test('a journey that uses a grant no more is told which', async () => {
  await expect(expectExercised(run(), 'documents of documents')).rejects.toThrow(
    /api\/documents\/FunctionRole did not use s3:PutObject .* as it did before/,
  );
});

test('a journey of which nothing is recorded has nothing to prove', async () => {
  await expectExercised(run(), 'nothing yet');
});

test('a denial that no test has named fails the journey', async () => {
  await expect(expectExercised(run('s3:GetObject'), 'nothing yet')).rejects.toThrow(
    'api/documents/FunctionRole was denied s3:GetObject on arn:aws:s3:::documents (identity)',
  );
});

test('a denial that a test provokes is named by it, and by nothing more', async () => {
  const denied = [listing('api/documents/FunctionRole')];
  await expectExercised(run('s3:ListBucket'), 'nothing yet', { denied });
  await expect(
    expectExercised(run('s3:ListBucket', 's3:GetObject'), 'nothing yet', { denied }),
  ).rejects.toThrow('was denied s3:GetObject');
});

test('a denial that did not happen is not provoked', async () => {
  await expect(
    expectExercised(run(), 'nothing yet', { denied: [listing('api/documents/FunctionRole')] }),
  ).rejects.toThrow('was not denied s3:ListBucket, which the test says it provokes');
});
