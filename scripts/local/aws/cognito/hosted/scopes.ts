/** Which attributes of a user an application learns, by the scopes it was granted. */

/** Scope of tokens from the user pools API: they may call it for their user. */
export const ADMIN_SCOPE = 'aws.cognito.signin.user.admin';

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** `openid` alone shows everything the client may read; scopes beside it narrow that down, but `profile` does not. */
export function showsAttribute(scopes: readonly string[], attribute: string): boolean {
  const narrowing = scopes.filter((scope) => scope in ATTRIBUTES);
  if (attribute === 'sub' || scopes.includes('profile') || narrowing.length === 0) return true;
  return narrowing.some((scope) => ATTRIBUTES[scope]?.includes(attribute));
}
