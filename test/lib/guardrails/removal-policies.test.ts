import { checkRemovalPolicies } from '../../../lib/guardrails/removal-policies';
import { templatesOf } from '../../support/assembly';
import { allVariants } from '../../support/variants';

test.each(allVariants())(
  'everything in $name that holds data says what becomes of it',
  ({ name, environment }) => {
    expect(checkRemovalPolicies(templatesOf(name), environment.removal)).toEqual([]);
  },
);

const bucket = (policies: object) => ({
  stack: { Resources: { Photos: { Type: 'AWS::S3::Bucket', ...policies } } },
});

test('a bucket without policies is refused, for deletion and for replacement', () => {
  expect(checkRemovalPolicies(bucket({}), 'destroy')).toMatchObject([
    { logicalId: 'Photos', description: expect.stringContaining('DeletionPolicy not set') },
    { logicalId: 'Photos', description: expect.stringContaining('UpdateReplacePolicy not set') },
  ]);
});

test('a bucket that would be deleted is refused where data is retained', () => {
  const policies = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Delete' };
  expect(checkRemovalPolicies(bucket(policies), 'retain')).toHaveLength(1);
  expect(checkRemovalPolicies(bucket(policies), 'snapshot')).toHaveLength(1);
  expect(checkRemovalPolicies(bucket(policies), 'destroy')).toHaveLength(0);
});

test('a function, which holds no data, needs no policy', () => {
  const templates = { stack: { Resources: { Handler: { Type: 'AWS::Lambda::Function' } } } };
  expect(checkRemovalPolicies(templates, 'retain')).toEqual([]);
});
