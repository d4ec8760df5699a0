const special = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** TextDecoder takes it for ISO 8859-1 in Node 20 and 22 and so loses quotation marks and dashes. */
export function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/\p{Cc}/gu, (character) => special[character.charCodeAt(0) - 0x80] ?? character);
}
