/** Mailboxes of RFC 5322 as SES takes them: an address, or a display name with the address in angle brackets. */

export interface MailboxAddress {
  readonly displayName: string | undefined;
  readonly address: string;
  /** Lower case. */
  readonly domain: string;
}

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
/** Dot-atom or quoted string of at most 64 characters, then a domain of ASCII labels. */
const addressPattern = new RegExp(
  `^(?=[^@]{1,64}@|".{1,62}"@)(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\\\r\\n]|\\\\.)+")@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)$`,
);
const quotedName = /^"((?:[^"\\\r\n]|\\.)*)"$/;
/** What a name may consist of without quotes: atoms and spaces, encoded words among them. */
const plainName = new RegExp(`^${atom}(?:[ \\t.]+(?:${atom})?)*$`);
const encodedWord = /=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi;

/** Undefined when `text` is no mailbox. */
export function parseMailbox(text: string): MailboxAddress | undefined {
  const trimmed = text.trim();
  const bracketed = /^(.*)<([^<>]*)>$/s.exec(trimmed);
  const address = (bracketed?.[2] ?? trimmed).trim();
  const domain = addressPattern.exec(address)?.[1]?.toLowerCase();
  if (domain === undefined || address.length > 320) return undefined;
  const name = bracketed?.[1]?.trim() ?? '';
  if (name === '') return { displayName: undefined, address, domain };
  const quoted = quotedName.exec(name)?.[1];
  if (quoted !== undefined) return { displayName: quoted.replace(/\\(.)/g, '$1'), address, domain };
  return plainName.test(name) ? { displayName: decodeWords(name), address, domain } : undefined;
}

/** RFC 2047: how a display name carries anything but ASCII. */
function decodeWords(text: string): string {
  return text
    .replace(/(\?=)[ \t]+(=\?)/g, '$1$2')
    .replace(encodedWord, (word, charset: string, encoding: string, data: string) => {
      const bytes =
        encoding.toLowerCase() === 'b'
          ? Buffer.from(data, 'base64')
          : Buffer.from(
              data
                .replaceAll('_', ' ')
                .replace(/=([0-9A-F]{2})/gi, (_, hex: string) =>
                  String.fromCharCode(Number.parseInt(hex, 16)),
                ),
              'latin1',
            );
      if (/^utf-?8$/i.test(charset)) return bytes.toString('utf8');
      return /^(us-ascii|iso-8859-1)$/i.test(charset) ? bytes.toString('latin1') : word;
    });
}
