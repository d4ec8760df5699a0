import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: SSMClient;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new SSMClient(aws.client);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const put = (Name: string, Value: string, more = {}) =>
  client.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const value = async (Name: string, more = {}) =>
  (await client.send(new GetParameterCommand({ Name, ...more }))).Parameter?.Value;

test('a parameter is put, overwritten on purpose only, and survives a restart', async () => {
  await put('/app/name', 'one');
  await expect(put('/app/name', 'two')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
  expect((await put('/app/name', 'two', { Overwrite: true })).Version).toBe(2);
  const again = await aws.restart();
  expect(again.ssm.find('/app/name')?.value).toBe('two');
  await again.close();
  await expect(value('/absent')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});

test('a declared parameter follows its declaration', async () => {
  const declare = (Value: string, more = {}) =>
    aws.ssm.createParameter({ name: 'plain', properties: { Type: 'String', Value, ...more } });
  await declare('one');
  await declare('two');
  expect(await value('plain')).toBe('two');
  expect(await value('arn:aws:ssm:us-east-1:000000000000:parameter/app/name')).toBe('two');
  await expect(declare('x', { Policies: '[]' })).rejects.toThrow('Policies');
});

test('a SecureString is readable with decryption only', async () => {
  await put('/app/key', 'secret', { Type: 'SecureString' });
  expect(await value('/app/key', { WithDecryption: true })).toBe('secret');
  expect(await value('/app/key')).not.toContain('secret');
});

test('many are read by name, each of them authorized, and by path in pages', async () => {
  for (let i = 0; i < 12; i++) await put(`/path/${String(i).padStart(2, '0')}`, `${i}`);
  await put('/path/deeper/x', 'deep');
  aws.asked.length = 0;
  const named = await client.send(new GetParametersCommand({ Names: ['/path/01', '/path/absent'] }));
  expect(named.Parameters?.map(({ Value }) => Value)).toEqual(['1']);
  expect(named.InvalidParameters).toEqual(['/path/absent']);
  expect(aws.asked.map(({ resource }) => resource.split(':').at(-1))).toEqual([
    'parameter/path/01',
    'parameter/path/absent',
  ]);
  const page = (more = {}) => client.send(new GetParametersByPathCommand({ Path: '/path', ...more }));
  const first = await page();
  expect(first.Parameters).toHaveLength(10);
  expect((await page({ NextToken: first.NextToken })).Parameters?.map(({ Value }) => Value)).toEqual([
    '10',
    '11',
  ]);
  expect(
    (await page({ Recursive: true, NextToken: '/path/11' })).Parameters?.map(({ Value }) => Value),
  ).toEqual(['deep']);
});

test('what is not implemented names itself', async () => {
  await expect(
    client.send(new LabelParameterVersionCommand({ Name: '/app/name', Labels: ['x'] })),
  ).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('ssm LabelParameterVersion'),
  });
});
