/** Chapters of a handbook that nobody has: enough prose for any number of pages. */
const subjects = [
  'returns',
  'invoices',
  'passwords',
  'deliveries',
  'holidays',
  'visitors',
  'keys',
  'complaints',
];

export const heading = (number: number): string =>
  `Chapter ${number}: How we handle ${subjects[number % subjects.length]}`;

export const paragraph = (number: number): string =>
  `Rule ${number} says that whoever takes care of ${subjects[number % subjects.length]} writes down what was agreed, ` +
  'who asked for it and when it has to be finished. Nobody has to remember anything, because the next person finds ' +
  'the note, reads it and goes on from there. If a note is missing, ask the team before you decide on your own.';

/** About one page of print. */
export const pageOfProse = (number: number): string[] => [
  heading(number),
  ...Array.from({ length: 5 }, (_, index) => paragraph(number * 10 + index)),
];
