// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of templates
import { canApply } from '../../../lib/iam/applicable';

const bucket = 'arn:aws:s3:::${storage/Documents}';
const logGroup = 'arn:aws:logs:${region}:${account}:log-group:${network/FlowLogs/LogGroup}';

test.each([
  ['s3:GetObject', `${bucket}/users/*`],
  ['s3:ListBucket', bucket],
  ['s3:GetBucket*', bucket],
  ['s3:*', bucket],
  ['logs:PutLogEvents', `${logGroup}:*`],
  ['logs:DescribeLogStreams', logGroup],
  ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:${region}:${account}:secret:landfall/url-??????'],
  ['lambda:InvokeFunction', 'arn:aws:lambda:${region}:${account}:function:${database/Migrations/Function}:*'],
  ['ses:SendEmail', 'arn:aws:ses:${region}:${account}:identity/example.com'],
  ['elasticache:Connect', 'arn:aws:elasticache:${region}:${account}:user:${cache/User}'],
  ['kms:ListKeys', '*'],
  ['*', bucket],
])('%s can apply to %s', (action, resource) => {
  expect(canApply(action, resource, 'name')).toBe(true);
});

test.each([
  ['s3:GetObject', bucket],
  ['s3:ListBucket', `${bucket}/users/*`],
  ['s3:GetBucket*', `${bucket}/*`],
  ['sqs:SendMessage', bucket],
  ['logs:PutLogEvents', logGroup],
  ['kms:ListKeys', 'arn:aws:kms:${region}:${account}:key/${encryption/Data}'],
  ['kms:Decrypt', 'arn:aws:kms:${region}:${account}:alias/data'],
])('%s never applies to %s', (action, resource) => {
  expect(canApply(action, resource, 'name')).toBe(false);
});

test('an action that the reference does not know stays a grant, for the check that looks for those', () => {
  expect(canApply('s3:GetObjects', bucket, 'name')).toBe(true);
  expect(canApply('nothing:Do', bucket, 'name')).toBe(true);
});

test('a reference that stands for any text can also be what its name alone is not', () => {
  expect(canApply('logs:PutLogEvents', logGroup, 'any')).toBe(true);
  expect(canApply('s3:GetObject', bucket, 'any')).toBe(false);
});
