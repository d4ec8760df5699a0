import * as z from 'zod';

/** Attributes of a user as a trigger sees them; empty for a user that does not exist. */
const attributesSchema = z
  .record(z.string(), z.string())
  .nullish()
  .transform((attributes) => attributes ?? {});

/** What a client sent along. Anybody may write anything here. */
export const clientMetadataSchema = z
  .record(z.string(), z.string())
  .nullish()
  .transform((metadata) => metadata ?? {});

/** Challenges of a sign-in so far, oldest first. */
export const sessionSchema = z
  .array(z.object({ challengeName: z.string(), challengeResult: z.boolean() }))
  .nullish()
  .transform((session) => session ?? []);

/** Whether the client named a user that does not exist; the path stays the same. */
export const userNotFoundSchema = z
  .boolean()
  .nullish()
  .transform((userNotFound) => userNotFound ?? false);

/** The event of a trigger of the user pool, with what this trigger reads of the request. */
export function triggerEvent<T extends z.ZodRawShape>(request: T) {
  return z.object({
    triggerSource: z.string(),
    region: z.string().min(1),
    userPoolId: z.string().min(1),
    userName: z.string().min(1),
    callerContext: z.object({ clientId: z.string().min(1) }),
    request: z.object({ userAttributes: attributesSchema, ...request }),
  });
}
