import { Signer } from '@aws-sdk/rds-signer';
import { environmentCredentials, presignedToken } from '../../../lambdas/shared/aws-presign';

const region = 'eu-west-1';
const credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG',
  sessionToken: 'a/b+c==',
};

afterEach(() => jest.useRealTimers());

it.each([credentials, { ...credentials, sessionToken: undefined }])(
  'makes the token that AWS’s own signer for RDS makes',
  async (used) => {
    jest.useFakeTimers({
      now: Date.parse('2026-03-04T05:06:07.890Z'),
      doNotFake: ['nextTick', 'setImmediate'],
    });
    const hostname = 'landfall.abc.eu-west-1.rds.amazonaws.com';
    const { sessionToken, ...keys } = used;
    const signer = new Signer({
      hostname,
      port: 5432,
      username: 'app',
      region,
      credentials: { ...keys, ...(sessionToken && { sessionToken }) },
    });
    const ours = presignedToken({
      service: 'rds-db',
      host: `${hostname}:5432`,
      query: { Action: 'connect', DBUser: 'app' },
      region,
      credentials: used,
      now: new Date(),
    });
    expect(sorted(ours)).toEqual(sorted(await signer.getAuthToken()));
  },
);

/** The order of the parameters is free; what is signed is sorted. */
function sorted(token: string): string[] {
  const [host = '', query = ''] = token.split('/?');
  return [host, ...query.split('&').sort()];
}

it('names what is missing when a function has no credentials', () => {
  expect(() => environmentCredentials({ AWS_REGION: region })).toThrow('AWS_ACCESS_KEY_ID');
});
