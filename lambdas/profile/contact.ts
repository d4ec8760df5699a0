import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { closeUp, fold } from './lines';
import { findPeriod } from './periods';
import { type Profile, type ProfileNote, profileLimits } from './schema';
import { headingOf } from './sections';
import words from './words/roles.json';

// Every quantifier is bounded, and what may precede the @ does not overlap with what ends it.
const email =
  /(?<![\w.+-])[\w+-]{1,64}(?:\.[\w+-]{1,64}){0,4}@(?:[a-z\d-]{1,63}\.){1,4}[a-z]{2,24}(?![\w-])/gi;

export function findEmails(lines: readonly string[]): string[] {
  const found = new Set<string>();
  for (const line of lines) {
    if (!line.includes('@')) continue;
    // `jane @ example.com` and `jane(at)example.com`.
    const text = line.replace(/ ?[([]at[)\]] ?/gi, '@').replace(/ @ ?|@ /g, '@');
    for (const [address] of text.matchAll(email)) {
      if (address.length <= 254) found.add(address.toLowerCase());
    }
    if (found.size > 20) break;
  }
  return [...found];
}

const countries: Readonly<Record<string, readonly CountryCode[]>> = {
  de: ['DE', 'AT', 'CH'],
  fr: ['FR', 'BE', 'CH', 'CA'],
  es: ['ES', 'MX', 'AR'],
  it: ['IT'],
  pt: ['PT', 'BR'],
  nl: ['NL', 'BE'],
};
const elsewhere: readonly CountryCode[] = ['US', 'GB'];

const phone = /(?<![\p{L}\d@./_-])(?:\+|00 ?|\()?\(?\d(?:[ ()./-]{0,3}\d){6,16}(?![\d@])/gu;
const phoneLabel =
  /(?:phone|tel|mobile?|mobil|cell|handy|telefon|telephone|portable|movil|fon|tlf|call|contact|kontakt)/;
const labelOfOther = /(?:iban|fax|steuer|siret|nif|dni|passport|vat|isbn|zip|plz|id\b)/;

/** The first number that can be one. Numbers without a country are of the countries where the language is spoken. */
export function findPhone(
  lines: readonly string[],
  language: string | null,
): { phone: NonNullable<Profile['phone']>; assumed: boolean } | undefined {
  let best: { phone: NonNullable<Profile['phone']>; assumed: boolean; rank: number } | undefined;
  for (const line of lines) {
    if (!/\d{2}/.test(line)) continue;
    const folded = fold(line);
    const labelled = phoneLabel.test(folded);
    if (!labelled && (findPeriod(line) || labelOfOther.test(folded))) continue;
    for (const [candidate] of line.matchAll(phone)) {
      const found = asPhone(candidate.trim(), language, labelled);
      if (!found) continue;
      const rank = (found.assumed ? 0 : 2) + (labelled ? 1 : 0);
      if (!best || rank > best.rank) best = { ...found, rank };
    }
    if (best && best.rank >= 2) break;
  }
  return best && { phone: best.phone, assumed: best.assumed };
}

function asPhone(
  written: string,
  language: string | null,
  labelled: boolean,
): { phone: NonNullable<Profile['phone']>; assumed: boolean } | undefined {
  const international = /^\(?(?:\+|00)/.test(written);
  if (international) {
    const text = written
      .replace(/^\(?00 ?/, '+')
      .replace(/^\(\+/, '+')
      .replace(/\(0\)/, '');
    const number = parsePhoneNumberFromString(text);
    return number?.isValid() ? { phone: { e164: number.number, written }, assumed: false } : undefined;
  }
  // A bare row of digits is as likely a postcode, a year or an account.
  if (
    !labelled &&
    !/^\(?0|^\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$/.test(written) &&
    !/^\d{3} \d{3} \d{3}$/.test(written)
  ) {
    return undefined;
  }
  for (const country of countries[language ?? ''] ?? elsewhere) {
    const number = parsePhoneNumberFromString(written, country);
    if (number?.isValid()) return { phone: { e164: number.number, written }, assumed: true };
  }
  return undefined;
}

const link =
  /(?<![\w@.])(?:https?:\/\/[^\s<>"'|,;()[\]]{3,300}|(?:www\.[a-z\d-]{1,63}|(?:[a-z]{2,3}\.)?linkedin|github|gitlab|bitbucket|xing|stackoverflow|medium|behance|dribbble|twitter|x)\.(?:com|org|net|io|dev|de|fr|es|me|eu)(?:\/[^\s<>"'|,;()[\]]{1,300})?)/gi;

export function findLinks(lines: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const line of lines) {
    if (!line.includes('.')) continue;
    for (const [text] of line.matchAll(link)) {
      const trimmed = text.replace(/[.!?:]+$/, '');
      const address = /^https?:/i.test(trimmed) ? trimmed : `https://${trimmed}`;
      if (!URL.canParse(address) || address.length > 500) continue;
      const key = address.replace(/^https?:\/\/(?:www\.)?|\/$/gi, '').toLowerCase();
      if (key.includes('.') && !found.has(key)) found.set(key, address);
    }
    if (found.size >= profileLimits.links) break;
  }
  return [...found.values()].slice(0, profileLimits.links);
}

const nameLabel =
  /^(?:full name|name|vor- und nachname|nom|nom et prenom|prenom et nom|nombre|nombre y apellidos|nome)\s*:\s*/;
const particles = new Set([
  'von',
  'van',
  'de',
  'der',
  'den',
  'del',
  'della',
  'di',
  'da',
  'dos',
  'du',
  'la',
  'le',
  'zu',
  'y',
  'e',
  'bin',
  'al',
  'el',
  'ter',
  'ten',
]);
const titlesOfPeople = /^(?:dr|prof|mr|mrs|ms|mme|herr|frau|sr|sra|dipl-ing|ing|msc|bsc|phd|mba|cpa|pmp)\.?$/;
const noName = new Set([
  'curriculum',
  'vitae',
  'resume',
  'lebenslauf',
  'cv',
  'bewerbung',
  'anschreiben',
  'address',
  'adresse',
  'street',
  'strasse',
  'page',
  'seite',
  'confidential',
  'email',
  'phone',
  'telefon',
  'mobile',
  'linkedin',
  'github',
  'born',
  'geboren',
  'nationality',
  'europass',
  'hoja',
  'vida',
  'personal',
  'rue',
  'calle',
  'avenue',
  'road',
  'city',
  'germany',
  'france',
  'spain',
  'deutschland',
  'espana',
  'united',
  'kingdom',
  'states',
  'usa',
  'uk',
]);
const roleWords = new Set([...words.title, ...words.organisation, ...words.degree]);

/** How many of the first lines may hold the name. */
const nameLines = 12;

/** One of the first three lines, or one that the address agrees with. */
const certain = 2.5;

export function findName(
  lines: readonly string[],
  emails: readonly string[],
): { name: string | null; note?: ProfileNote } {
  const mail = emails[0]?.split('@')[0] ?? '';
  let best: { name: string; score: number } | undefined;
  for (const [index, line] of lines.slice(0, nameLines).entries()) {
    const label = nameLabel.exec(fold(line))?.[0];
    const text = label ? line.slice(line.indexOf(':') + 1) : line;
    if (!label && headingOf(line)) continue;
    for (const part of closeUp(text).split(/ {2,}|\s[|\u2013\u2014\u2022\u00b7-]\s|[,|(\u2022]/u)) {
      const name = asName(part, { labelled: label !== undefined });
      if (!name) continue;
      const tokens = fold(name).split(/[\s-]+/);
      const inMail = tokens.filter((token) => token.length > 2 && mail.includes(token)).length;
      const score = (label ? 10 : 0) + inMail * 4 + (nameLines - index) / 4;
      if (!best || score > best.score) best = { name, score };
    }
  }
  if (best && best.score >= certain) return { name: best.name };
  const parts = mail.split(/[._-]/).filter((part) => /^[a-z]{2,30}$/.test(part));
  if (parts.length >= 2 && parts.length <= 3) {
    return { name: parts.map(capitalised).join(' '), note: 'name_from_email' };
  }
  return best ? { name: best.name, note: 'name_uncertain' } : { name: null, note: 'name_not_found' };
}

function asName(text: string, { labelled }: { labelled: boolean }): string | undefined {
  const all = text.trim().split(/\s+/);
  const tokens = all.filter((token) => !titlesOfPeople.test(fold(token)));
  if (tokens.length < 2 || tokens.length > 6 || text.length > 60) return undefined;
  const folded = tokens.map(fold);
  if (folded.some((token) => noName.has(token))) return undefined;
  if (!labelled && folded.some((token) => roleWords.has(token) && !particles.has(token))) return undefined;
  const shaped = tokens.every(
    (token, index) =>
      /^(?:\p{Lu}[\p{L}']*(?:-\p{Lu}?[\p{L}']+)*|\p{Lu}\.(?:\p{Lu}\.)?)$/u.test(token) ||
      (index > 0 && particles.has(token.toLowerCase())) ||
      (labelled && /^[\p{L}'.-]+$/u.test(token)),
  );
  if (!shaped || tokens.filter((token) => token.length > 1 && !token.endsWith('.')).length < 2)
    return undefined;
  const shouting = tokens.every((token) => token === token.toUpperCase());
  return tokens
    .map((token) => (shouting ? capitalised(token) : token))
    .join(' ')
    .slice(0, profileLimits.text);
}

function capitalised(token: string): string {
  const lower = token.toLowerCase();
  return particles.has(lower)
    ? lower
    : lower.replace(/(^|[-'])(\p{L})/gu, (_, start, letter) => start + letter.toUpperCase());
}
