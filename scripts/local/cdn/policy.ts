/** Policies of signed URLs and cookies: what was allowed, and until when. */
import * as z from 'zod';
import { fits } from '../../../lib/iam/wildcards';
import { AwsError } from '../aws/errors';

const epoch = z.strictObject({ 'AWS:EpochTime': z.int().positive() });

const policySchema = z.strictObject({
  Statement: z.tuple([
    z.strictObject({
      Resource: z.string().optional(),
      Condition: z.strictObject({
        DateLessThan: epoch,
        DateGreaterThan: epoch.optional(),
        // Every request comes from this machine, whatever address the policy was made for.
        IpAddress: z.strictObject({ 'AWS:SourceIp': z.string() }).optional(),
      }),
    }),
  ]),
});

export const malformedPolicy = () => new AwsError('MalformedPolicy', 'Malformed Policy', 403);
export const accessDenied = () => new AwsError('AccessDenied', 'Access denied', 403);

/** The policy that a canned one stands for, letter by letter as it was signed. */
export const cannedPolicy = (resource: string, expires: string): string =>
  `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;

/**
 * @param url of the request, without the parameters of the signature
 * @param now milliseconds since 1970
 * @throws AwsError MalformedPolicy, or AccessDenied when it is for something or some time else
 */
export function checkPolicy(text: string, url: string, now: number): void {
  const parsed = policySchema.safeParse(parseJson(text));
  if (!parsed.success) throw malformedPolicy();
  const [{ Resource = '*', Condition }] = parsed.data.Statement;
  const { DateLessThan: until, DateGreaterThan: from } = Condition;
  const seconds = now / 1000;
  if (!fits(Resource, url) || seconds >= until['AWS:EpochTime']) throw accessDenied();
  if (from && seconds <= from['AWS:EpochTime']) throw accessDenied();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
