import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compoundFile } from './compound-writer';
import { cut, flipBits } from './damage';
import { heading, pageOfProse, paragraph } from './prose';
import { headingsAndBullets } from './resume-docx';
import { docResumes } from './resume-samples';
import { english } from './resumes';
import type { Found, Sample } from './sample';
import { wordFile } from './word-writer';

const fixtures = path.resolve(__dirname, '../../fixtures/word-97');

/** Files that Word itself wrote, from the tests of node-word-extractor (MIT); see the licence beside them. */
const byWord = (file: string, name: string, expected: Found): Sample => ({
  name: `by Word: ${name}`,
  format: 'doc',
  make: () => readFileSync(path.join(fixtures, file)),
  expected,
});

const prose = [1, 2, 3].flatMap(pageOfProse).join('\r');

const readable: readonly Sample[] = [
  byWord('test08.doc', 'bookmarks and a field of a form', {
    phrases: ['This is a bookmark test', 'should include the text “Morag says hello”', 'Form text'],
    pages: 1,
    language: 'en',
  }),
  byWord('test13.doc', 'footnote and endnote', {
    phrases: ['Paragraph 2 This is a footnote This is an endnote'],
    pages: 1,
  }),
  byWord('test15.doc', 'headers and footers of three sections', {
    phrases: [
      'Section 1 – first page header',
      'Section 3 – odd page footer',
      'Still section 1 Second section',
    ],
    pages: 7,
  }),
  byWord('test16.doc', 'text boxes', {
    phrases: ['Header 1 Text box document test', 'First text box, regular', 'Vertical text box added too'],
    pages: 1,
  }),
  {
    name: 'handbook',
    format: 'doc',
    make: () => wordFile({ text: `${prose}\r`, title: 'Handbook', author: 'Jane Example', pages: 3 }),
    expected: {
      phrases: [heading(1), paragraph(10), heading(3)],
      language: 'en',
      pages: 3,
      metadata: { title: 'Handbook', author: 'Jane Example', created: '2003-05-06T07:08:00.000Z' },
    },
  },
  {
    name: 'pieces in the order of a fast save',
    format: 'doc',
    make: () => wordFile({ text: `${prose}\r`, pieces: 40, backwards: true }),
    expected: { phrases: [heading(1), paragraph(10), heading(2), paragraph(34)] },
  },
  {
    name: 'one byte for a character',
    format: 'doc',
    make: () =>
      wordFile({
        text: 'Caf\u0092s na\u00efve r\u00e9sum\u00e9 \u0096 100 \u0080\r',
        narrow: true,
        pieces: 2,
      }),
    expected: { phrases: ['Caf’s naïve résumé – 100 €'], pages: null },
  },
  {
    name: 'header, footnote and comment',
    format: 'doc',
    make: () =>
      wordFile({
        text: 'The body of the letter\r',
        header: 'Jane Example, Seattle\r',
        footnotes: '\u0002 A note\r',
        comments: 'Too long!\r',
      }),
    expected: { phrases: ['Jane Example, Seattle The body of the letter A note'], absent: ['Too long!'] },
  },
  {
    name: 'fields and their instructions',
    format: 'doc',
    make: () =>
      wordFile({
        text: 'See \u0013 HYPERLINK "https://example.com" \u0014our page\u0015 on page \u0013 PAGE \u00147\u0015.\r',
      }),
    expected: { phrases: ['See our page on page 7.'], absent: ['HYPERLINK'] },
  },
  {
    name: 'a table',
    format: 'doc',
    make: () => wordFile({ text: 'Article\u0007Price\u0007\u0007Brush\u000711.00\u0007\u0007after\r' }),
    expected: { phrases: ['Article Price Brush 11.00 after'] },
  },
  {
    name: 'a megabyte of text',
    format: 'doc',
    limits: { characters: 300_000 },
    make: () => wordFile({ text: `${prose}\r`.repeat(200), narrow: true }),
    expected: { phrases: [heading(1)], truncated: true },
  },
];

const whole = (): Buffer => wordFile({ text: `${prose}\r` });

/** Lets the chain of the first long stream go round in circles. */
function endlessChain(): Buffer {
  const file = whole();
  const table = (file.readUInt32LE(76) + 1) * 512;
  file.writeUInt32LE(1, table);
  file.writeUInt32LE(0, table + 4);
  return file;
}

const damaged: readonly Sample[] = [
  { name: 'no bytes', format: 'doc', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  {
    name: 'empty document',
    format: 'doc',
    make: () => wordFile({ text: '\r' }),
    expected: { failure: 'no_text' },
  },
  {
    name: 'password',
    format: 'doc',
    make: () => wordFile({ text: 'x\r', encrypted: true }),
    expected: { failure: 'encrypted' },
  },
  {
    name: 'Word 95',
    format: 'doc',
    make: () => wordFile({ text: 'x\r', version: 0x65 }),
    expected: { failure: 'unsupported' },
  },
  {
    name: 'upload that broke off',
    format: 'doc',
    make: () => cut(whole()),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'bits turned over',
    format: 'doc',
    make: () => flipBits(whole(), 512, 97),
    expected: { failure: 'corrupt' },
  },
  { name: 'chain without an end', format: 'doc', make: endlessChain, expected: { failure: 'corrupt' } },
  {
    name: 'spreadsheet of the same time',
    format: 'doc',
    make: () => compoundFile({ Workbook: Buffer.alloc(5000, 1) }),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'first block of zeros',
    format: 'doc',
    make: () => compoundFile({ WordDocument: Buffer.alloc(5000) }),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'DOCX with the name of a DOC',
    format: 'doc',
    make: () => headingsAndBullets(english),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'RTF with the name of a DOC',
    format: 'doc',
    make: () => Buffer.from(`{\\rtf1 ${'text '.repeat(200)}}`),
    expected: { failure: 'wrong_type' },
  },
];

export const docSamples: readonly Sample[] = [...docResumes, ...readable, ...damaged];
