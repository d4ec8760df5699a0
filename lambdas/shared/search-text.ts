/** How words are compared: what stands in `document_texts.search` and what is looked for go the same way. */

/** Accents that are written with a letter. Vowel signs of Arabic or Hindi are letters of their own, and stay. */
const accents = /[\u0300-\u036f]/g;

/** Without accents and capitals, as far as a letter has another one below them: whoever types "resume" means "Résumé". */
export function folded(text: string): string {
  return text.normalize('NFD').replace(accents, '').normalize('NFC').toLowerCase();
}
