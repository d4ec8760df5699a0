/**
 * Fault tests that take minutes at full length run a part of it in the default suite, and all of it with
 * `npm run test:soak`, which CI runs beside it.
 */
export const soaking = process.env.LANDFALL_SOAK === '1';
