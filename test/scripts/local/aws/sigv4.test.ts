import { Readable } from 'node:stream';
import { readAuthentication, verifySignature } from '../../../../scripts/local/aws/authentication';
import { AwsChunkedDecoder } from '../../../../scripts/local/aws/aws-chunked';
import {
  encode,
  parseTimestamp,
  sha256Hex,
  signingKey,
  type WireRequest,
} from '../../../../scripts/local/aws/sigv4';
import { parseQuery } from '../../../../scripts/local/aws/wire';

// The worked examples of AWS's documentation ("Signature Calculations for the Authorization Header", "Transferring
// Payload in Multiple Chunks", "Authenticating Requests: Using Query Parameters", "Deriving the signing key").
const PRINCIPALS = new Map([
  [
    'AKIAIOSFODNN7EXAMPLE',
    { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', roleArn: 'arn:aws:iam::1:role/s3' },
  ],
  [
    'AKIDEXAMPLE',
    { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', roleArn: 'arn:aws:iam::1:role/suite' },
  ],
]);
const EMPTY = sha256Hex('');
const MAY_2013 = Date.parse('2013-05-24T00:00:00Z');

interface Example {
  method: string;
  url: string;
  headers: Record<string, string>;
  signedHeaders: string;
  signature: string;
  payload?: string;
}

function requestOf({ method, url, headers, signedHeaders, signature, payload }: Example): WireRequest {
  const [path = '', query = ''] = url.split('?');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
  return {
    method,
    path,
    query: parseQuery(query),
    headers: new Map(
      Object.entries({
        host: 'examplebucket.s3.amazonaws.com',
        'x-amz-date': '20130524T000000Z',
        'x-amz-content-sha256': payload ?? EMPTY,
        ...headers,
        authorization,
      }),
    ),
  };
}

function check(request: WireRequest, payloadHash: string, now = MAY_2013) {
  const authentication = readAuthentication(request);
  if (!authentication) throw new Error('no signature found');
  return verifySignature(request, authentication, payloadHash, {
    principals: PRINCIPALS,
    region: 'us-east-1',
    now,
  });
}

const GET_OBJECT: Example = {
  method: 'GET',
  url: '/test.txt',
  headers: { range: 'bytes=0-9' },
  signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
};

describe("AWS's published examples", () => {
  test('the signing key of the IAM example is derived', () => {
    const scope = { date: '20150830', region: 'us-east-1', service: 'iam' };
    expect(signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope).toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
  });

  test.each<[string, Example]>([
    ['GET object', GET_OBJECT],
    [
      'PUT object',
      {
        method: 'PUT',
        url: '/test%24file.text',
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        payload: sha256Hex('Welcome to Amazon S3.'),
      },
    ],
    [
      'GET bucket lifecycle',
      {
        method: 'GET',
        url: '/?lifecycle',
        headers: {},
        signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
        signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      },
    ],
    [
      'list objects',
      {
        method: 'GET',
        url: '/?max-keys=2&prefix=J',
        headers: {},
        signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
        signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      },
    ],
  ])('S3 header signature: %s', (_name, example) => {
    expect(check(requestOf(example), example.payload ?? EMPTY).principal.roleArn).toBe(
      'arn:aws:iam::1:role/s3',
    );
  });

  test('get-vanilla of the signature test suite', () => {
    const request: WireRequest = {
      method: 'GET',
      path: '/',
      query: [],
      headers: new Map([
        ['host', 'example.amazonaws.com'],
        ['x-amz-date', '20150830T123600Z'],
        [
          'authorization',
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
        ],
      ]),
    };
    expect(check(request, EMPTY, Date.parse('2015-08-30T12:36:00Z')).principal.roleArn).toBe(
      'arn:aws:iam::1:role/suite',
    );
  });

  const presigned =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const presignedRequest = (query = presigned): WireRequest => ({
    method: 'GET',
    path: '/test.txt',
    query: parseQuery(query),
    headers: new Map([['host', 'examplebucket.s3.amazonaws.com']]),
  });

  test('a presigned GET is valid for its day and no second longer', () => {
    expect(check(presignedRequest(), 'UNSIGNED-PAYLOAD', MAY_2013 + 86_400_000)).toBeDefined();
    expect(() => check(presignedRequest(), 'UNSIGNED-PAYLOAD', MAY_2013 + 86_401_000)).toThrow(
      'Request has expired',
    );
  });

  test.each([
    ['a longer expiry', presigned.replace('Expires=86400', 'Expires=86401'), 'does not match'],
    ['over a week', presigned.replace('Expires=86400', 'Expires=604801'), 'at most 604800'],
    ['a repeated parameter', `${presigned}&X-Amz-Expires=86400`, 'sent twice'],
    ['an added parameter', `${presigned}&response-content-type=text/html`, 'does not match'],
    ['another region', presigned.replace('us-east-1', 'eu-west-1'), 'expecting'],
    ['an unknown key', presigned.replace('AKIAIOSFODNN7EXAMPLE', 'AKIAUNKNOWN'), 'not known'],
    ['another day', presigned.replace('%2F20130524', '%2F20130525'), 'differ'],
  ])('a presigned GET with %s is refused', (_name, query, message) => {
    expect(() => check(presignedRequest(query), 'UNSIGNED-PAYLOAD')).toThrow(message);
  });

  test('a payload in signed chunks', async () => {
    const example: Example = {
      method: 'PUT',
      url: '/examplebucket/chunkObject.txt',
      headers: {
        host: 's3.amazonaws.com',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '66560',
        'content-length': '66824',
      },
      signedHeaders:
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
      signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    };
    const signature = check(requestOf(example), 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
    const chunk = (size: number, chunkSignature: string) =>
      `${size.toString(16)};chunk-signature=${chunkSignature}\r\n${'a'.repeat(size)}\r\n`;
    const body =
      chunk(65536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
      chunk(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
      chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
    const decode = async (text: string) => {
      // Odd pieces: framing must not depend on how the network cuts the stream.
      const pieces = text.match(/[\s\S]{1,777}/g) ?? [];
      const decoder = new AwsChunkedDecoder({ signature, trailer: false, decodedLength: 66560 });
      const parts: Buffer[] = [];
      for await (const part of Readable.from(pieces.map((piece) => Buffer.from(piece))).compose(decoder))
        parts.push(part);
      return Buffer.concat(parts);
    };
    expect((await decode(body)).equals(Buffer.alloc(66560, 'a'))).toBe(true);
    await expect(decode(body.replace('aaa\r\n', 'aab\r\n'))).rejects.toThrow('chunk');
    await expect(decode(body.slice(0, -90))).rejects.toThrow('ended before its last chunk');
    await expect(decode(`${body}x`)).rejects.toThrow('after the last chunk');
  });
});

describe('a header signature is refused', () => {
  test.each<[string, Partial<Example>, string]>([
    ['after a changed path', { url: '/test.txs' }, 'does not match'],
    ['after a changed method', { method: 'DELETE' }, 'does not match'],
    ['after a changed header', { headers: { range: 'bytes=0-99' } }, 'does not match'],
    [
      'with an added unsigned x-amz- header',
      { headers: { range: 'bytes=0-9', 'x-amz-acl': 'public-read' } },
      'not signed',
    ],
    [
      'without a signed host',
      { signedHeaders: 'range;x-amz-content-sha256;x-amz-date' },
      'host header must be signed',
    ],
  ])('%s', (_name, change, message) => {
    expect(() => check(requestOf({ ...GET_OBJECT, ...change }), EMPTY)).toThrow(message);
  });

  test('when the clocks differ by more than 15 minutes, in either direction', () => {
    const request = requestOf(GET_OBJECT);
    expect(check(request, EMPTY, MAY_2013 + 899_000)).toBeDefined();
    expect(() => check(request, EMPTY, MAY_2013 + 901_000)).toThrow('15 minutes');
    expect(() => check(request, EMPTY, MAY_2013 - 901_000)).toThrow('15 minutes');
  });

  test('when a query signature comes along', () => {
    const request = requestOf({ ...GET_OBJECT, url: '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' });
    expect(() => readAuthentication(request)).toThrow('Only one auth mechanism');
  });

  test('when temporary credentials come without their token', () => {
    const principals = new Map([
      ['AKIAIOSFODNN7EXAMPLE', { secretAccessKey: 'x', sessionToken: 'token', roleArn: 'r' }],
    ]);
    const request = requestOf(GET_OBJECT);
    const authentication = readAuthentication(request);
    if (!authentication) throw new Error('no signature found');
    expect(() =>
      verifySignature(request, authentication, EMPTY, { principals, region: 'us-east-1', now: MAY_2013 }),
    ).toThrow('security token');
  });
});

test('times and characters are read strictly', () => {
  expect(parseTimestamp('20130524T000000Z')).toBe(MAY_2013);
  expect(parseTimestamp('2013-05-24T00:00:00Z')).toBeUndefined();
  expect(parseTimestamp('20131324T000000Z')).toBeUndefined();
  expect(encode("a b+c/é!'()*~")).toBe('a%20b%2Bc%2F%C3%A9%21%27%28%29%2A~');
});
