/**
 * Characters that no name needs and that make names lie: controls, line separators, and the marks that turn
 * the reading direction ("exe.fdp" shown as "pdf.exe"). Joiners stay: Persian and emoji are written with them.
 */
export const deceptive =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]/gu;

/** A title as the user typed it, without what would break a line or hide a character. Empty if nothing is left. */
export function cleanTitle(name: string): string {
  return name.normalize('NFC').replace(deceptive, ' ').replace(/\s+/gu, ' ').trim();
}
