import { createSign, generateKeyPairSync } from 'node:crypto';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { type ViewerRequest, verifyViewer } from '../../../../scripts/local/cdn/signed-request';

const rsa = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const [current, previous, foreign] = [rsa(), rsa(), rsa()];
const keys = new Map([
  ['KCURRENT', current.publicKey],
  ['KPREVIOUS', previous.publicKey],
]);
const now = Date.parse('2026-11-26T12:00:00Z');
const seconds = now / 1000;
const origin = 'https://localhost:4005';
const file = `${origin}/photos/u/p/large.webp`;
const inAnHour = new Date(now + 3_600_000).toISOString();
const signer = { keyPairId: 'KCURRENT', privateKey: current.privateKey };

const request = (url: string, cookies: Record<string, string | number> = {}): ViewerRequest => {
  const rest = url.slice(origin.length);
  const [path = '', query = ''] = rest.split(/\?(.*)/s);
  const texts = Object.entries(cookies).map(([name, value]) => [name, String(value)] as const);
  return { origin, path, query, cookies: new Map(texts) };
};
const outcome = (asked: ViewerRequest, at = now): string => {
  try {
    verifyViewer(asked, keys, at);
    return 'served';
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
};
const denied = 'AccessDenied: Access denied';
const customPolicy = (statement: object) => JSON.stringify({ Statement: [statement] });
const until = (time: number) => ({ DateLessThan: { 'AWS:EpochTime': time } });

describe('a signed URL', () => {
  const url = getSignedUrl({ ...signer, url: file, dateLessThan: inAnHour });

  test.each(['SHA1', 'SHA256'] as const)('of the SDK is served, signed over %s', (algorithm) => {
    expect(outcome(request(getSignedUrl({ ...signer, url: file, dateLessThan: inAnHour, algorithm })))).toBe(
      'served',
    );
  });

  test('keeps the parameters of its own, which are signed with it', () => {
    const own = getSignedUrl({ ...signer, url: `${file}?size=large`, dateLessThan: inAnHour });
    expect(outcome(request(own))).toBe('served');
    expect(outcome(request(own.replace('size=large', 'size=small')))).toBe(denied);
  });

  test('is for its file alone, on its host alone', () => {
    expect(outcome(request(url.replace('large', 'small')))).toBe(denied);
    expect(outcome({ ...request(url), origin: 'https://elsewhere' })).toBe(denied);
  });

  test('ends in the second that it names, which cannot be moved', () => {
    expect(outcome(request(url), now + 3_599_999)).toBe('served');
    expect(outcome(request(url), now + 3_600_000)).toBe(denied);
    const moved = url.replace(`Expires=${seconds + 3600}`, `Expires=${seconds + 7200}`);
    expect(moved).not.toBe(url);
    expect(outcome(request(moved))).toBe(denied);
  });

  test('is served with any key of the group, so that a key can be changed', () => {
    const old = { keyPairId: 'KPREVIOUS', privateKey: previous.privateKey };
    expect(outcome(request(getSignedUrl({ ...old, url: file, dateLessThan: inAnHour })))).toBe('served');
  });

  test('needs the key that it names: another one, or a foreign one, is refused', () => {
    expect(outcome(request(url.replace('KCURRENT', 'KPREVIOUS')))).toBe(denied);
    const forged = getSignedUrl({
      keyPairId: 'KCURRENT',
      privateKey: foreign.privateKey,
      url: file,
      dateLessThan: inAnHour,
    });
    expect(outcome(request(forged))).toBe(denied);
    expect(outcome(request(url.replace('KCURRENT', 'KUNKNOWN')))).toBe('InvalidKey: Unknown Key');
  });

  test.each([
    ['no signature parameter', file, 'MissingKey: Missing Key-Pair-Id query parameter or cookie value'],
    [
      'no key',
      url.replace(/&Key-Pair-Id=\w+/, ''),
      'MissingKey: Missing Key-Pair-Id query parameter or cookie value',
    ],
    ['no signature', url.replace(/&Signature=[^&]+/, ''), 'MalformedSignature: Could not unencode Signature'],
    [
      'a broken signature',
      url.replace(/Signature=[^&]+/, 'Signature=%25'),
      'MalformedSignature: Could not unencode Signature',
    ],
    ['an empty signature', url.replace(/Signature=[^&]+/, 'Signature=AAAA'), denied],
    ['no time', url.replace(/Expires=\d+&/, ''), 'MalformedPolicy: Malformed Policy'],
    [
      'a time in milliseconds',
      url.replace(/Expires=\d+/, `Expires=${now}000`),
      'MalformedPolicy: Malformed Policy',
    ],
    ['another hash', `${url}&Hash-Algorithm=MD5`, denied],
  ])('with %s is refused as CloudFront refuses it', (_, asked, expected) => {
    expect(outcome(request(asked))).toBe(expected);
  });
});

describe('a custom policy', () => {
  const signed = (policy: string) => getSignedUrl({ ...signer, url: file, policy });

  test.each([
    [`${origin}/photos/u/*`, 'served'],
    [`${origin}/photos/?/p/large.webp`, 'served'],
    ['http*://localhost:4005/*', 'served'],
    [`${origin}/photos/other/*`, denied],
    [`${origin}/photos/u/p/larg?`, denied],
    [`${origin}/photos/u/p/large.web`, denied],
    // A dot is a dot, and not any character.
    [`${origin}/photos/u/p/large?webp`, 'served'],
    [`${origin}/photos/u/p/large.xebp`, denied],
  ])('for %s is %s', (Resource, expected) => {
    expect(outcome(request(signed(customPolicy({ Resource, Condition: until(seconds + 60) }))))).toBe(
      expected,
    );
  });

  test('without a resource is for every file', () => {
    expect(outcome(request(signed(customPolicy({ Condition: until(seconds + 60) }))))).toBe('served');
  });

  test('begins and ends with its times', () => {
    const Condition = { ...until(seconds + 60), DateGreaterThan: { 'AWS:EpochTime': seconds - 60 } };
    const asked = request(signed(customPolicy({ Resource: '*', Condition })));
    expect(outcome(asked)).toBe('served');
    expect(outcome(asked, now - 60_000)).toBe(denied);
    expect(outcome(asked, now + 60_000)).toBe(denied);
  });

  test('for one address is served, because every request comes from this machine', () => {
    const Condition = { ...until(seconds + 60), IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } };
    expect(outcome(request(signed(customPolicy({ Resource: '*', Condition }))))).toBe('served');
  });

  test.each([
    ['no end', customPolicy({ Resource: '*', Condition: {} })],
    ['an end in the wrong form', customPolicy({ Resource: '*', Condition: { DateLessThan: seconds + 60 } })],
    ['two statements', JSON.stringify({ Statement: [{ Condition: until(1) }, { Condition: until(2) }] })],
    ['an unknown condition', customPolicy({ Condition: { ...until(seconds + 60), Country: 'X' } })],
  ])('with %s is malformed', (_, policy) => {
    expect(outcome(request(signed(policy)))).toBe('MalformedPolicy: Malformed Policy');
  });

  test('that is no JSON is malformed', () => {
    const text = 'not json';
    const encode = (data: Buffer) =>
      data.toString('base64').replace(/\+/g, '-').replace(/=/g, '_').replace(/\//g, '~');
    const signature = createSign('RSA-SHA1').update(text).sign(current.privateKey);
    const query = `Policy=${encode(Buffer.from(text))}&Signature=${encode(signature)}&Key-Pair-Id=KCURRENT`;
    expect(outcome(request(`${file}?${query}`))).toBe('MalformedPolicy: Malformed Policy');
    expect(outcome(request(`${file}?${query.replace('Policy=', 'Policy=%25')}`))).toBe(
      'MalformedPolicy: Malformed Policy',
    );
  });

  test('cannot be widened after it was signed', () => {
    const narrow = signed(
      customPolicy({ Resource: `${origin}/photos/other/*`, Condition: until(seconds + 60) }),
    );
    const wide = signed(customPolicy({ Resource: '*', Condition: until(seconds + 60) }));
    const policyOf = (url: string) => new URL(url).searchParams.get('Policy') ?? '';
    expect(outcome(request(narrow.replace(policyOf(narrow), policyOf(wide))))).toBe(denied);
  });
});

describe('signed cookies', () => {
  const policy = customPolicy({ Resource: `${origin}/photos/u/*`, Condition: until(seconds + 60) });
  const cookies = { ...getSignedCookies({ ...signer, policy }) };

  test('of the SDK open what their policy names, and nothing else', () => {
    expect(outcome(request(file, cookies))).toBe('served');
    expect(outcome(request(`${origin}/photos/other/x`, cookies))).toBe(denied);
    expect(outcome(request(file, cookies), now + 60_000)).toBe(denied);
  });

  test.each(['SHA1', 'SHA256'] as const)(
    'with a canned policy are for one file, signed over %s',
    (algorithm) => {
      const canned = { ...getSignedCookies({ ...signer, url: file, dateLessThan: inAnHour, algorithm }) };
      expect(Object.keys(canned)).toContain('CloudFront-Expires');
      expect(outcome(request(file, canned))).toBe('served');
      expect(outcome(request(`${file}x`, canned))).toBe(denied);
    },
  );

  test('do not help a URL with a bad signature', () => {
    const url = getSignedUrl({ ...signer, url: file, dateLessThan: new Date(now - 1000).toISOString() });
    expect(outcome(request(url, cookies))).toBe(denied);
  });
});
