const parts = /^(?:(?<name>.+) <)?(?<address>[^<>]+@(?<domain>[^<>]+?))>?$/;

/** The parts of a mailbox such as `no-reply@example.com` or `Landfall <no-reply@example.com>`. */
export function parseMailbox(mailbox: string): {
  readonly name?: string | undefined;
  readonly address: string;
  readonly domain: string;
} {
  const { name, address, domain } = parts.exec(mailbox)?.groups ?? {};
  if (!address || !domain) {
    throw new Error(
      `${JSON.stringify(mailbox)} is no mailbox; expected an address, or a name and <an address>`,
    );
  }
  return { name, address, domain };
}
