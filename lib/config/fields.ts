import * as z from 'zod';

/** A text with a pattern, and in words what the pattern accepts. */
export const text = (pattern: RegExp, expected: string) => z.string().regex(pattern).meta({ expected });

export const days = (min: number, max: number) => z.int().min(min).max(max);

export const webUrl = z
  .url({ protocol: /^https?$/ })
  .meta({ expected: 'a URL such as https://app.example.com/path' });

export const httpsUrl = z
  .url({ protocol: /^https$/ })
  .meta({ expected: 'an https URL such as https://issuer.example.com' });

export const hostName = text(
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
  'a host name such as auth.example.com',
);

/** A certificate for CloudFront, which also serves the custom domain of a user pool. */
export const globalCertificateArn = text(
  /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/.+$/,
  'the ARN of an ACM certificate in us-east-1 (CloudFront takes no other region)',
);

/** Names that Secrets Manager accepts, without those that a dynamic reference could not spell. */
export const secretName = text(
  /^[A-Za-z0-9/_+=.@-]{1,512}$/,
  'the name of a Secrets Manager secret such as landfall/google',
);
