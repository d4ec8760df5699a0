import { randomBytes, webcrypto } from 'node:crypto';
import {
  gcmOpen,
  gcmSeal,
  openEnvelope,
  type SealContext,
  SealError,
  sealWith,
} from '../../../lambdas/shared/envelope';
import { openSecrets, type Secrets } from '../../../lambdas/shared/secrets';

const hex = (text: string) => Buffer.from(text, 'hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const v1 = Buffer.alloc(32, 1);
const v2 = hex('92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b');

/** Secrets of one secret whose value can be changed, and how often it was read. */
function keysOf(value: object) {
  const state = { value, version: 1, reads: 0, now: 0 };
  const secrets: Secrets = openSecrets({
    clock: () => new Date(state.now),
    fetchVersion: async (secretId, choice) => {
      state.reads += 1;
      if ('stage' in choice && choice.stage === 'AWSPENDING') {
        const { SecretError } = await import('../../../lambdas/shared/secret-error');
        throw new SecretError('absent', secretId);
      }
      return { versionId: String(state.version), text: JSON.stringify(state.value) };
    },
  });
  const rotate = (next: object) => {
    state.value = next;
    state.version += 1;
  };
  return { state, rotate, envelope: openEnvelope('landfall/keys', secrets) };
}

const both = { current: 'v2', keys: { v1: base64(v1), v2: base64(v2) } };
const context = { table: 'users', column: 'token', id: '42' };
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (error) => (error instanceof SealError ? error.fault : `not a SealError: ${error}`),
  );

/**
 * NIST CAVP, gcmEncryptExtIV256.rsp of gcmtestvectors.zip (Keylen 256, IVlen 96, Taglen 128):
 * https://csrc.nist.gov/projects/cryptographic-algorithm-validation-program/cavp-testing-block-cipher-modes
 */
const vectors = [
  {
    title: 'PTlen = 0, AADlen = 0',
    key: 'b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4',
    iv: '516c33929df5a3284ff463d7',
    tag: 'bdc1ac884d332457a1d2664f168c76f0',
  },
  {
    title: 'PTlen = 0, AADlen = 128',
    key: '78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223',
    iv: 'd79cf22d504cc793c3fb6c8a',
    aad: 'b96baa8c1c75a671bfb2d08d06be5f36',
    tag: '3e5d486aa2e30b22e040b85723a06e76',
  },
  {
    title: 'PTlen = 128, AADlen = 0',
    key: '31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22',
    iv: '0d18e06c7c725ac9e362e1ce',
    pt: '2db5168e932556f8089a0622981d017d',
    ct: 'fa4362189661d163fcd6a56d8bf0405a',
    tag: 'd636ac1bbedd5cc3ee727dc2ab4a9489',
  },
  {
    title: 'PTlen = 128, AADlen = 128',
    key: '92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b',
    iv: 'ac93a1a6145299bde902f21a',
    pt: '2d71bcfa914e4ac045b2aa60955fad24',
    aad: '1e0889016f67601c8ebea4943bc23ad6',
    ct: '8995ae2e6df3dbf96fac7b7137bae67f',
    tag: 'eca5aa77d51d4a0a14d9c51e1da474ab',
  },
  {
    title: 'PTlen = 128, AADlen = 160',
    key: '83688deb4af8007f9b713b47cfa6c73e35ea7a3aa4ecdb414dded03bf7a0fd3a',
    iv: '0b459724904e010a46901cf3',
    pt: '33d893a2114ce06fc15d55e454cf90c3',
    aad: '794a14ccd178c8ebfd1379dc704c5e208f9d8424',
    ct: 'cc66bee423e3fcd4c0865715e9586696',
    tag: '0fb291bd3dba94a1dfd8b286cfb97ac5',
  },
  {
    title: 'PTlen = 408, AADlen = 0',
    key: '1fded32d5999de4a76e0f8082108823aef60417e1896cf4218a2fa90f632ec8a',
    iv: '1f3afa4711e9474f32e70462',
    pt: '06b2c75853df9aeb17befd33cea81c630b0fc53667ff45199c629c8e15dce41e530aa792f796b8138eeab2e86c7b7bee1d40b0',
    ct: '91fbd061ddc5a7fcc9513fcdfdc9c3a7c5d4d64cedf6a9c24ab8a77c36eefbf1c5dc00bc50121b96456c8cd8b6ff1f8b3e480f',
    tag: '30096d340f3d5c42d82a6f475def23eb',
  },
  {
    title: 'PTlen = 408, AADlen = 128',
    key: '5fe01c4baf01cbe07796d5aaef6ec1f45193a98a223594ae4f0ef4952e82e330',
    iv: 'bd587321566c7f1a5dd8652d',
    pt: '881dc6c7a5d4509f3c4bd2daab08f165ddc204489aa8134562a4eac3d0bcad7965847b102733bb63d1e5c598ece0c3e5dadddd',
    aad: '9013617817dda947e135ee6dd3653382',
    ct: '16e375b4973b339d3f746c1c5a568bc7526e909ddff1e19c95c94a6ccff210c9a4a40679de5760c396ac0e2ceb1234f9f5fe26',
    tag: 'abd3d26d65a6275f7a4f56b422acab49',
  },
  {
    title: 'PTlen = 408, AADlen = 384',
    key: '463b412911767d57a0b33969e674ffe7845d313b88c6fe312f3d724be68e1fca',
    iv: '611ce6f9a6880750de7da6cb',
    pt: 'e7d1dcf668e2876861940e012fe52a98dacbd78ab63c08842cc9801ea581682ad54af0c34d0d7f6f59e8ee0bf4900e0fd85042',
    aad: '0a682fbc6192e1b47a5e0868787ffdafe5a50cead3575849990cdd2ea9b3597749403efb4a56684f0c6bde352d4aeec5',
    ct: '8886e196010cb3849d9c1a182abe1eeab0a5f3ca423c3669a4a8703c0f146e8e956fb122e0d721b869d2b6fcd4216d7d4d3758',
    tag: '2469cecd70fd98fec9264f71df1aee9a',
  },
];

describe.each(vectors)('NIST vector $title', ({ key, iv, pt = '', aad = '', ct = '', tag }) => {
  it('is sealed and opened as published', () => {
    const sealed = gcmSeal(hex(key), hex(iv), hex(pt), hex(aad));
    expect(sealed.toString('hex')).toBe(ct + tag);
    expect(gcmOpen(hex(key), hex(iv), sealed, hex(aad))?.toString('hex')).toBe(pt);
  });
});

/** Sealed once; must be readable for ever. A change here loses what somebody has stored. */
const golden: {
  readonly keys: Readonly<Record<string, string>>;
  readonly context: SealContext;
  readonly plaintext: string;
  readonly sealed: string;
}[] = [
  {
    keys: { v1: base64(v1) },
    context,
    plaintext: 'refresh token of a mailbox',
    sealed: 'AQABAAECAwQFBgcICQoLycPzVEWNblmKBYyhTkmnxY6nS2eU-CliHrKZtq4lWR00p3_nEETC4vxk',
  },
  {
    keys: { v2: base64(v2) },
    context: {},
    plaintext: '',
    sealed: 'AQACrJOhphRSmb3pAvIaKn3uktSusSLnox4oxxCE8w',
  },
  {
    keys: { v65535: base64(Buffer.alloc(32, 0xff)) },
    context: { a: '', ключ: 'значение' },
    plaintext: 'Grüße, 世界 🔑',
    sealed: 'Af__yv66vvrO263eyviIIEuVnuAM7tNUY5mqVrcxk8U2LmuFCq1viosPQmbr-T7z5izM',
  },
];

describe.each(golden)('the stored value $sealed', ({ keys, context: bound, plaintext, sealed }) => {
  it('is still readable', async () => {
    const { envelope } = keysOf({ current: Object.keys(keys)[0], keys });
    expect(await envelope.openText(sealed, bound)).toBe(plaintext);
  });

  it('is laid out as documented: another implementation reads it by the description alone', async () => {
    const bytes = Buffer.from(sealed, 'base64url');
    const [[name = '', secret = ''] = []] = Object.entries(keys);
    expect([bytes[0], bytes.readUInt16BE(1)]).toEqual([1, Number(name.slice(1))]);
    const part = (text: string) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(text));
      return Buffer.concat([length, Buffer.from(text)]);
    };
    const entries = Object.entries(bound).sort(([a], [b]) => (a < b ? -1 : 1));
    const additionalData = Buffer.concat([
      bytes.subarray(0, 3),
      Buffer.from([0, 0, 0, entries.length]),
      ...entries.flat().map(part),
    ]);
    const key = await webcrypto.subtle.importKey('raw', Buffer.from(secret, 'base64'), 'AES-GCM', false, [
      'decrypt',
    ]);
    const opened = await webcrypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(3, 15), additionalData, tagLength: 128 },
      key,
      bytes.subarray(15),
    );
    expect(Buffer.from(opened).toString()).toBe(plaintext);
  });
});

describe('a sealed value', () => {
  const { envelope } = keysOf(both);

  it('opens to what was sealed, whatever its length', async () => {
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 1000, 70_000]) {
      const plaintext = randomBytes(length);
      const sealed = await envelope.seal(plaintext, context);
      expect(sealed.length).toBe(length + 31);
      expect((await envelope.open(sealed, context)).equals(plaintext)).toBe(true);
    }
  });

  it('is another each time: the nonce is random', async () => {
    const sealed = await Promise.all(Array.from({ length: 500 }, () => envelope.sealText('same', context)));
    expect(new Set(sealed).size).toBe(500);
    const nonces = sealed.map((text) => Buffer.from(text, 'base64url').subarray(3, 15).toString('hex'));
    expect(new Set(nonces).size).toBe(500);
  });

  it('does not open when any of its bits is another', async () => {
    for (const length of [0, 5, 40]) {
      const sealed = await envelope.seal(randomBytes(length), context);
      const faults = new Set<string>();
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const changed = Buffer.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        faults.add(await faultOf(envelope.open(changed, context)));
      }
      expect([...faults].sort()).toEqual(['changed', 'no sealed value', 'unknown key']);
    }
  });

  it('does not open under the version of another known key', async () => {
    const sealed = await envelope.seal(Buffer.from('x'), context);
    sealed[2] = 1;
    expect(await faultOf(envelope.open(sealed, context))).toBe('changed');
  });

  it('does not open when its version was changed and both versions had the same key', () => {
    const nonce = Buffer.alloc(12, 7);
    const sealed = sealWith({ version: 1, key: v2, nonce }, Buffer.from('x'), context);
    sealed[2] = 2;
    return expect(faultOf(envelope.open(sealed, context))).resolves.toBe('changed');
  });

  it('does not open when it is shorter, longer or empty', async () => {
    const sealed = await envelope.seal(randomBytes(20), context);
    for (let length = 0; length < sealed.length; length++)
      expect(await faultOf(envelope.open(sealed.subarray(0, length), context))).toMatch(
        length < 31 ? 'no sealed value' : 'changed',
      );
    expect(await faultOf(envelope.open(Buffer.concat([sealed, Buffer.alloc(1)]), context))).toBe('changed');
  });

  it('does not open for another context, however similar', async () => {
    const sealed = await envelope.seal(Buffer.from('x'), { a: 'bc', d: '' });
    const others: SealContext[] = [
      {},
      { a: 'bc' },
      { ab: 'c', d: '' },
      { a: 'b', cd: '' },
      { a: 'bc', d: ' ' },
      { A: 'bc', d: '' },
      { a: '', d: 'bc' },
      { a: 'bc', d: '', e: '' },
    ];
    for (const other of others) expect(await faultOf(envelope.open(sealed, other))).toBe('changed');
    expect((await envelope.open(sealed, { d: '', a: 'bc' })).toString()).toBe('x');
  });

  it('takes no context that would have the same bytes as another', async () => {
    await expect(envelope.seal(Buffer.from('x'), { id: '\ud800' })).rejects.toThrow('half a surrogate pair');
  });

  it('is text without anything but base64url, and nothing else is taken', async () => {
    const sealed = await envelope.sealText('a text', context);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(await envelope.openText(sealed, context)).toBe('a text');
    for (const other of [`${sealed}=`, ` ${sealed}`, `${sealed}\n`, sealed.replace(/.$/, '!'), 'plain', ''])
      expect(await faultOf(envelope.openText(other, context))).toBe('no sealed value');
  });
});

describe('keys', () => {
  const one = { current: 'v1', keys: { v1: base64(v1) } };

  it('seal with the current version, and older ones still open', async () => {
    const { envelope, rotate, state } = keysOf(one);
    const old = await envelope.seal(Buffer.from('old'), context);
    rotate(both);
    state.now += 5 * 60_000;
    expect((await envelope.seal(Buffer.from('new'), context)).readUInt16BE(1)).toBe(2);
    expect((await envelope.open(old, context)).toString()).toBe('old');
  });

  it('are read anew when a value names a version that is not known yet', async () => {
    const writer = keysOf(both);
    const reader = keysOf(one);
    await reader.envelope.seal(Buffer.from('x'), context);
    const sealed = await writer.envelope.seal(Buffer.from('from the future'), context);
    reader.rotate(both);
    expect((await reader.envelope.open(sealed, context)).toString()).toBe('from the future');
    expect(reader.state.reads).toBe(2);
  });

  it('are not read anew for every value that somebody made up', async () => {
    const { envelope, state } = keysOf(one);
    const forged = sealWith({ version: 9, key: v1, nonce: Buffer.alloc(12) }, Buffer.from('x'), context);
    for (let i = 0; i < 50; i++) expect(await faultOf(envelope.open(forged, context))).toBe('unknown key');
    expect(state.reads).toBe(3);
  });

  it('that are unknown are named, and those that are known, without their bytes', async () => {
    const { envelope } = keysOf(both);
    const sealed = sealWith({ version: 3, key: v1, nonce: Buffer.alloc(12) }, Buffer.from('x'), context);
    await expect(envelope.open(sealed, context)).rejects.toThrow(
      /expected the key v3 in the secret landfall\/keys, found v1, v2/,
    );
    const message = await envelope.open(sealed, context).catch((error: Error) => error.message);
    expect(message).not.toContain(base64(v1));
  });

  it('reseal what is under an older one, and leave the rest', async () => {
    const { envelope, rotate, state } = keysOf(one);
    const old = await envelope.seal(Buffer.from('value'), context);
    expect(await envelope.reseal(old, context)).toBeUndefined();
    rotate(both);
    state.now += 5 * 60_000;
    const resealed = (await envelope.reseal(old, context)) as Buffer;
    expect(resealed.readUInt16BE(1)).toBe(2);
    expect((await envelope.open(resealed, context)).toString()).toBe('value');
    expect(await faultOf(envelope.reseal(old, { ...context, id: '43' }))).toBe('changed');
    const changed = Buffer.from(resealed);
    changed[20] = (changed[20] as number) ^ 1;
    expect(await faultOf(envelope.reseal(changed, context))).toBe('changed');
  });

  it.each([
    ['a current version that is not there', { current: 'v3', keys: both.keys }],
    ['a key that is too short', { current: 'v1', keys: { v1: base64(Buffer.alloc(31, 9)) } }],
    ['a key that is too long', { current: 'v1', keys: { v1: base64(Buffer.alloc(33, 9)) } }],
    ['a key that is no base64', { current: 'v1', keys: { v1: 'k'.repeat(43) } }],
    ['one key under two versions', { current: 'v2', keys: { v1: base64(v1), v2: base64(v1) } }],
    ['a version that does not fit two bytes', { current: 'v65536', keys: { v65536: base64(v1) } }],
    ['a version that is no number', { current: 'newest', keys: { newest: base64(v1) } }],
    ['a version of the prototype', { current: 'constructor', keys: {} }],
    ['nothing', {}],
  ])('are refused with %s, without being shown', async (_what, value) => {
    const { envelope } = keysOf(value);
    const error = await envelope.seal(Buffer.from('x'), {}).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'SecretError', fault: 'malformed' });
    expect(`${error}`).toContain('expected {"current": "v2"');
    expect(`${error}`).not.toMatch(/AQEB|CQkJ/);
  });
});
