/**
 * For SDK clients in functions that Cognito waits for, 5 s each: a call that hangs is given up in time for one
 * more.
 */
export const withinTrigger = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_800 },
} as const;
