import { createHmac } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  KMSClient,
  type MacAlgorithmSpec,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { allow, deny } from '../../../support/decisions';
import { type RunningEndpoint, startEndpoint } from './running-endpoint';

let aws: RunningEndpoint;
let client: KMSClient;
let keyArn: string;

beforeAll(async () => {
  aws = await startEndpoint();
  client = new KMSClient(aws.client);
  const { id, arn } = await aws.kms.createKey({ key: 'links', spec: 'HMAC_256' });
  aws.kms.createAlias('alias/links', id);
  keyArn = arn;
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const message = Buffer.from('v1.eyJwIjoicG9vbCJ9');
const generate = async (KeyId: string, MacAlgorithm: MacAlgorithmSpec = 'HMAC_SHA_256', Message = message) =>
  (await client.send(new GenerateMacCommand({ KeyId, MacAlgorithm, Message }))).Mac as Uint8Array;
const verify = (Mac: Uint8Array, more = {}) =>
  client.send(
    new VerifyMacCommand({ KeyId: keyArn, MacAlgorithm: 'HMAC_SHA_256', Message: message, Mac, ...more }),
  );

test('a MAC is verified under its key, message and algorithm, and under nothing else', async () => {
  const mac = await generate(keyArn);
  expect(await verify(mac)).toMatchObject({ KeyId: keyArn, MacValid: true, MacAlgorithm: 'HMAC_SHA_256' });
  const { arn: other } = await aws.kms.createKey({ key: 'other', spec: 'HMAC_256' });
  const changed = Uint8Array.from(mac, (byte, index) => (index === 31 ? byte ^ 1 : byte));
  const attempts: [Uint8Array, object][] = [
    [changed, {}],
    [mac.slice(0, 31), {}],
    [mac, { Message: Buffer.from('v1.other') }],
    [mac, { KeyId: other }],
  ];
  for (const [Mac, more] of attempts)
    await expect(verify(Mac, more)).rejects.toMatchObject({
      name: 'KMSInvalidMacException',
      $metadata: { httpStatusCode: 400 },
    });
});

test.each([
  ['HMAC_224', 'HMAC_SHA_224', 'sha224', 28],
  ['HMAC_256', 'HMAC_SHA_256', 'sha256', 32],
  ['HMAC_384', 'HMAC_SHA_384', 'sha384', 48],
  ['HMAC_512', 'HMAC_SHA_512', 'sha512', 64],
] as const)('%s makes the HMAC of RFC 2104 over its own material', async (spec, algorithm, hash, length) => {
  const key = await aws.kms.createKey({ key: `vector ${spec}`, spec });
  const material = Buffer.from(key.material, 'base64');
  expect(material).toHaveLength(length);
  const mac = await generate(key.arn, algorithm);
  expect(Buffer.from(mac)).toEqual(createHmac(hash, material).update(message).digest());
});

test('the MAC is that of the test vector of RFC 4231', async () => {
  const key = await aws.kms.createKey({ key: 'rfc 4231', spec: 'HMAC_256' });
  const mac = aws.kms.mac(
    { ...key, material: Buffer.alloc(20, 0x0b).toString('base64') },
    Buffer.from('Hi There'),
  );
  expect(mac.toString('hex')).toBe('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
});

test('a key is found by id, ARN, alias and alias ARN, and each call is authorized on its ARN', async () => {
  aws.asked.length = 0;
  const id = keyArn.split('/')[1] as string;
  const ids = [id, keyArn, 'alias/links', keyArn.replace(/key\/.*/, 'alias/links')];
  const macs = await Promise.all(ids.map((KeyId) => generate(KeyId)));
  expect(new Set(macs.map((mac) => Buffer.from(mac).toString('hex'))).size).toBe(1);
  expect(aws.asked).toHaveLength(4);
  for (const { action, resource } of aws.asked)
    expect([action, resource]).toEqual(['kms:GenerateMac', keyArn]);
  expect(aws.asked[2]?.conditions).toMatchObject({
    'kms:MacAlgorithm': 'HMAC_SHA_256',
    'kms:RequestAlias': 'alias/links',
  });
  expect(aws.asked[1]?.conditions).not.toHaveProperty('kms:RequestAlias');
  for (const KeyId of ['alias/absent', keyArn.replace(/.$/, '_'), keyArn.replace('us-east-1', 'eu-west-1')])
    await expect(generate(KeyId)).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('who may make MACs may not therefore verify them', async () => {
  aws.decide = async ({ action }) => (action === 'kms:VerifyMac' ? deny : allow);
  const mac = await generate(keyArn);
  await expect(verify(mac)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  aws.decide = async () => allow;
});

test('another algorithm, a disabled key, a message too long and other operations are AWS’s errors', async () => {
  await expect(generate(keyArn, 'HMAC_SHA_512')).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
  const { arn } = await aws.kms.createKey({ key: 'off', spec: 'HMAC_256', enabled: false });
  await expect(generate(arn)).rejects.toMatchObject({ name: 'DisabledException' });
  expect((await client.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata).toMatchObject({
    KeySpec: 'HMAC_256',
    KeyState: 'Disabled',
    KeyUsage: 'GENERATE_VERIFY_MAC',
    MacAlgorithms: ['HMAC_SHA_256'],
  });
  await expect(generate(keyArn, undefined, Buffer.alloc(4097))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(client.send(new EncryptCommand({ KeyId: keyArn, Plaintext: message }))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('kms Encrypt'),
  });
  await expect(
    client.send(
      new GenerateMacCommand({ KeyId: keyArn, MacAlgorithm: 'HMAC_SHA_256', Message: message, DryRun: true }),
    ),
  ).rejects.toThrow('the parameter DryRun of kms GenerateMac');
});

test('keys survive a restart, in a file only its owner can read, and never change their kind', async () => {
  const mac = await generate(keyArn);
  expect((await stat(path.join(aws.directory, 'kms.json'))).mode & 0o777).toBe(0o600);
  const again = await aws.restart();
  const key = await again.kms.createKey({ key: 'links', spec: 'HMAC_256' });
  expect(key.arn).toBe(keyArn);
  expect(again.kms.verifies(key, message, mac)).toBe(true);
  await expect(again.kms.createKey({ key: 'links', spec: 'HMAC_512' })).rejects.toThrow(
    'exists with KeySpec HMAC_256, the template says HMAC_512. Start over with --fresh.',
  );
  await again.close();
  expect(aws.logs.join('\n')).not.toContain(key.material);
});
