import { collect, type Schema } from '../../scripts/deployment-actions';

const queue: Schema = {
  handlers: {
    create: { permissions: ['sqs:CreateQueue', 'SQS:tagqueue', 'sqs:CreateQueue'] },
    read: { permissions: ['sqs:GetQueueAttributes'] },
    delete: { permissions: ['sqs:DeleteQueue', 'sqs:REST.PUT.QUEUE', 'nowhere:Act'] },
    list: { permissions: ['sqs:ListQueues'] },
  },
};

test('actions are those of a stack, once, and as IAM spells them', async () => {
  const { types } = await collect(['AWS::SQS::Queue'], () => queue);
  expect(types).toEqual({
    'AWS::SQS::Queue': ['sqs:CreateQueue', 'sqs:DeleteQueue', 'sqs:GetQueueAttributes', 'sqs:TagQueue'],
  });
});

test('words that are no actions are kept apart, for somebody to look at', async () => {
  const { unknown } = await collect(['AWS::SQS::Queue'], () => queue);
  expect(unknown).toEqual(['nowhere:Act', 'sqs:REST.PUT.QUEUE']);
});

test('actions to which AWS knows no resource are listed', async () => {
  const key: Schema = { handlers: { create: { permissions: ['kms:CreateKey', 'kms:PutKeyPolicy'] } } };
  expect((await collect(['AWS::KMS::Key'], () => key)).withoutResource).toEqual(['kms:CreateKey']);
});

test('a type whose schema names no handlers has no actions', async () => {
  expect((await collect(['AWS::Budgets::Budget'], () => ({}))).types).toEqual({ 'AWS::Budgets::Budget': [] });
});
