/** The OAuth part of a user pool client: where its sign-in pages may return to, and with which scopes. */
import * as z from 'zod';

const texts = z.array(z.string()).optional();

export const oauthProperties = {
  /** Nothing here issues tokens into an address bar (`implicit`) or to a machine (`client_credentials`). */
  AllowedOAuthFlows: z.array(z.literal('code')).optional(),
  AllowedOAuthFlowsUserPoolClient: z.union([z.boolean(), z.stringbool()]).optional(),
  AllowedOAuthScopes: texts,
  CallbackURLs: texts,
  DefaultRedirectURI: z.string().optional(),
  LogoutURLs: texts,
  SupportedIdentityProviders: texts,
};

export interface OauthSettings {
  /** Whether the client may use the authorization code flow at all. */
  readonly codeFlow: boolean;
  readonly scopes: readonly string[];
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  /** Whether users of the pool itself may sign in, not only those of other identity providers. */
  readonly ownUsers: boolean;
  /** As the template names them, without COGNITO. */
  readonly otherProviders: readonly string[];
}

export function readOauth(client: z.infer<z.ZodObject<typeof oauthProperties>>): OauthSettings {
  const providers = client.SupportedIdentityProviders ?? ['COGNITO'];
  return {
    codeFlow:
      (client.AllowedOAuthFlowsUserPoolClient ?? false) &&
      (client.AllowedOAuthFlows?.includes('code') ?? false),
    scopes: client.AllowedOAuthScopes ?? [],
    callbackUrls: client.CallbackURLs ?? [],
    logoutUrls: client.LogoutURLs ?? [],
    ownUsers: providers.includes('COGNITO'),
    otherProviders: providers.filter((provider) => provider !== 'COGNITO'),
  };
}
