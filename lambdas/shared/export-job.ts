import * as z from 'zod';

/** What the function that writes an export is told, by the function that took the request. */
export const exportJobSchema = z.strictObject({
  exportId: z.uuid(),
  identity: z.strictObject({
    issuer: z.string().min(1),
    subject: z.string().min(1),
    /** When the user signed in or the token was issued: signing out everywhere stops exports as well. */
    claims: z.strictObject({ auth_time: z.number().exactOptional(), iat: z.number().exactOptional() }),
  }),
});

export type ExportJob = z.output<typeof exportJobSchema>;
