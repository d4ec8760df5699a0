/**
 * Refuses an address whose domain is not in the list; an empty list allows every address. Sub-domains count as
 * domains of their own: who owns one need not own the other.
 *
 * @throws Error for the person who signs up: Cognito shows its message, and adds the full stop
 */
export function checkDomain(email: string | undefined, allowed: readonly string[]): void {
  if (allowed.length === 0) return;
  const [, domain] = /^.+@([^@\s]+)$/.exec(email ?? '') ?? [];
  if (domain !== undefined && allowed.some((name) => name.toLowerCase() === domain.toLowerCase())) return;
  throw new Error(
    `Please use an e-mail address that ends in ${allowed.map((name) => `@${name}`).join(' or ')}`,
  );
}
