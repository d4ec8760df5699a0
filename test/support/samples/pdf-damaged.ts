import { minimalDocx } from '../office-file';
import { cut, flipBits } from './damage';
import { japanesePdf } from './pdf-cjk';
import {
  deepArrays,
  drawingBomb,
  endlessDrawing,
  endlessTree,
  flateBomb,
  lenientFlateBomb,
  lyingCount,
  manyPages,
} from './pdf-traps';
import { oneColumn, pdfOf } from './resume-pdf';
import { english, japanese, resumeLines } from './resumes';
import type { Sample } from './sample';

export const damagedPdfs = (pixel: Buffer): readonly Sample[] => [
  { name: 'no bytes', format: 'pdf', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  { name: 'blank page', format: 'pdf', make: () => pdfOf(() => undefined), expected: { failure: 'no_text' } },
  {
    name: 'scan without text',
    format: 'pdf',
    make: () => pdfOf((pdf) => pdf.image(pixel, 0, 0, { width: 612, height: 792 })),
    expected: { failure: 'no_text' },
  },
  {
    name: 'opens with a password',
    format: 'pdf',
    make: () => pdfOf((pdf) => pdf.text('Secret'), { userPassword: 'secret', pdfVersion: '1.7' }),
    expected: { failure: 'encrypted' },
  },
  {
    name: 'upload that broke off',
    format: 'pdf',
    make: async () => cut(await oneColumn(english)),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'bits turned over all along',
    format: 'pdf',
    make: async () => flipBits(await oneColumn(english), 20, 50),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'DOCX with the name of a PDF',
    format: 'pdf',
    make: minimalDocx,
    expected: { failure: 'wrong_type' },
  },
  {
    name: '10,000 pages',
    format: 'pdf',
    make: () => manyPages(10_000),
    expected: { failure: 'too_many_pages' },
  },
  {
    name: 'more pages declared than there are',
    format: 'pdf',
    make: lyingCount,
    expected: { phrases: ['The only page there is'], pages: 1 },
  },
  {
    name: 'a gigabyte of blanks',
    format: 'pdf',
    make: flateBomb,
    expected: { failure: 'too_large_expanded' },
  },
  {
    name: 'a gigabyte of blanks that does not count',
    format: 'pdf',
    make: lenientFlateBomb,
    expected: { failure: 'out_of_memory' },
  },
  {
    name: 'drawings that show drawings',
    format: 'pdf',
    make: drawingBomb,
    limits: { milliseconds: 3000 },
    expected: { failure: 'timeout' },
  },
  {
    name: 'drawing that shows itself',
    format: 'pdf',
    make: endlessDrawing,
    expected: { phrases: ['Once is enough'] },
  },
  {
    name: 'tree of pages without an end',
    format: 'pdf',
    make: endlessTree,
    expected: { failure: 'corrupt' },
  },
  { name: 'arrays 200,000 deep', format: 'pdf', make: deepArrays, expected: { failure: 'corrupt' } },
  {
    name: 'Japanese text by a table that is not in the file',
    format: 'pdf',
    make: () => japanesePdf(resumeLines(japanese), 'UniJIS-UCS2-H'),
    expected: { failure: 'no_text' },
  },
];
