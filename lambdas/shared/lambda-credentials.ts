import { environmentCredentials } from './aws-presign';

/**
 * What the SDK's clients use in place of `@aws-sdk/credential-provider-node` (scripts/build.ts swaps it): Lambda
 * always hands credentials over in the environment, and the providers for profiles, SSO, IMDS and STS would
 * be 90 KB of every bundle.
 */
export const defaultProvider = () => async () => {
  const { region: _, ...credentials } = environmentCredentials();
  return credentials;
};
