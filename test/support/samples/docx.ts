import { Document, FootnoteReferenceRun, PageBreak, Paragraph, Tab, TextRun } from 'docx';
import { compoundFile } from './compound-writer';
import { cut, flipBits } from './damage';
import { body, p, rawDocx } from './office-parts';
import { deepXml, foreignEntity, laughs, longXml, manyParts, sharedBytes } from './office-traps';
import { heading, pageOfProse, paragraph } from './prose';
import { documentOf, headingsAndBullets, pack } from './resume-docx';
import { oneColumn } from './resume-pdf';
import { docxResumes } from './resume-samples';
import { english } from './resumes';
import type { Sample } from './sample';
import { zipFile } from './zip-file';

const alternate =
  '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">' +
  `<mc:Choice Requires="wps"><w:drawing><w:txbxContent>${p('Text in a box')}</w:txbxContent></w:drawing></mc:Choice>` +
  `<mc:Fallback><w:pict><w:txbxContent>${p('Text in a box')}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent>`;

const readable: readonly Sample[] = [
  {
    name: 'handbook with headings and lists',
    format: 'docx',
    make: () =>
      pack(
        documentOf([
          '# Handbook',
          ...pageOfProse(1).map((text, index) => (index === 0 ? `## ${text}` : text)),
          '- One',
          '- Two',
        ]),
      ),
    expected: { phrases: ['Handbook', heading(1), paragraph(10), 'One Two'], language: 'en', pages: null },
  },
  {
    name: 'title and author',
    format: 'docx',
    make: () =>
      rawDocx(
        body(p('The text itself')),
        [
          {
            name: 'docProps/core.xml',
            data: '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>Annual &amp; final report</dc:title><dc:creator>Jane Example</dc:creator><dcterms:created>2023-04-05T06:07:08Z</dcterms:created></cp:coreProperties>',
          },
          { name: 'docProps/app.xml', data: '<Properties><Pages>12</Pages></Properties>' },
        ],
        { 'docProps/core.xml': 'metadata/core-properties', 'docProps/app.xml': 'extended-properties' },
      ),
    expected: {
      phrases: ['The text itself'],
      pages: 12,
      metadata: { title: 'Annual & final report', author: 'Jane Example', created: '2023-04-05T06:07:08Z' },
    },
  },
  {
    name: 'tracked changes',
    format: 'docx',
    make: () =>
      rawDocx(
        body(
          '<w:p><w:r><w:t xml:space="preserve">The price is </w:t></w:r><w:del><w:r><w:delText>ten</w:delText></w:r></w:del><w:ins><w:r><w:t>twelve</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom></w:p>',
        ),
      ),
    expected: { phrases: ['The price is twelve'], absent: ['ten', 'moved away'] },
  },
  {
    name: 'text box for old and new programs',
    format: 'docx',
    make: () => rawDocx(body(`<w:p><w:r>${alternate}</w:r></w:p>${p('after it')}`)),
    expected: { phrases: ['Text in a box after it'], absent: ['Text in a box Text in a box'] },
  },
  {
    name: 'runs in the middle of words, tabs and breaks',
    format: 'docx',
    make: () =>
      pack(
        new Document({
          sections: [
            {
              children: [
                new Paragraph({
                  children: [
                    new TextRun('Type'),
                    new TextRun({ text: 'Script', bold: true }),
                    new TextRun({ children: [new Tab(), 'expert'] }),
                  ],
                }),
                new Paragraph({ children: [new TextRun({ text: 'next line', break: 1 }), new PageBreak()] }),
              ],
            },
          ],
        }),
      ),
    expected: { phrases: ['TypeScript expert next line'] },
  },
  {
    name: 'footnotes',
    format: 'docx',
    make: () =>
      pack(
        new Document({
          footnotes: { 1: { children: [new Paragraph('As agreed in the second meeting')] } },
          sections: [
            {
              children: [
                new Paragraph({
                  children: [new TextRun('We deliver on Friday'), new FootnoteReferenceRun(1)],
                }),
              ],
            },
          ],
        }),
      ),
    expected: { phrases: ['We deliver on Friday', 'As agreed in the second meeting'] },
  },
  {
    name: 'fields and their instructions',
    format: 'docx',
    make: () =>
      rawDocx(
        body(
          '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://example.com"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>our page</w:t></w:r></w:p>',
        ),
      ),
    expected: { phrases: ['our page'], absent: ['HYPERLINK'] },
  },
  {
    name: 'prefixes of another writer, in UTF-16',
    format: 'docx',
    make: () =>
      rawDocx(
        Buffer.from(
          '\ufeff<?xml version="1.0" encoding="UTF-16"?><x:document xmlns:x="w"><x:body><x:p><x:r><x:t>Übung macht den Meister</x:t></x:r></x:p></x:body></x:document>',
          'utf16le',
        ),
      ),
    expected: { phrases: ['Übung macht den Meister'] },
  },
  {
    name: 'two thousand paragraphs',
    format: 'docx',
    make: () => pack(documentOf(Array.from({ length: 2000 }, (_, index) => paragraph(index)))),
    expected: { phrases: [paragraph(0), paragraph(1999)], truncated: false },
  },
  {
    name: 'more text than is kept',
    format: 'docx',
    limits: { characters: 50_000 },
    make: () => rawDocx(body(Array.from({ length: 2000 }, (_, index) => p(paragraph(index))).join(''))),
    expected: { phrases: [paragraph(0)], truncated: true },
  },
  {
    name: 'pictures that unpack to much more than they are read for',
    format: 'docx',
    limits: { expandedBytes: 1024 ** 2 },
    make: () =>
      rawDocx(body(p('Look at the pictures')), [
        { name: 'word/media/1.bmp', data: Buffer.alloc(20 * 1024 ** 2) },
      ]),
    expected: { phrases: ['Look at the pictures'] },
  },
];

const damaged: readonly Sample[] = [
  { name: 'no bytes', format: 'docx', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  {
    name: 'empty document',
    format: 'docx',
    make: () => pack(documentOf([''])),
    expected: { failure: 'no_text' },
  },
  {
    name: 'upload that broke off',
    format: 'docx',
    make: async () => cut(await headingsAndBullets(english)),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'bits turned over',
    format: 'docx',
    make: async () => flipBits(await headingsAndBullets(english), 60, 301),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'PDF with the name of a DOCX',
    format: 'docx',
    make: () => oneColumn(english),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'ZIP of something else',
    format: 'docx',
    make: () => zipFile([{ name: 'holiday.jpg', data: Buffer.alloc(1000, 7) }]),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'encrypted by Office',
    format: 'docx',
    make: () =>
      compoundFile({ EncryptionInfo: Buffer.alloc(200, 1), EncryptedPackage: Buffer.alloc(9000, 2) }),
    expected: { failure: 'encrypted' },
  },
  {
    name: 'DOC with the name of a DOCX',
    format: 'docx',
    make: () => compoundFile({ WordDocument: Buffer.alloc(5000) }),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'encrypted part',
    format: 'docx',
    make: () => rawDocx({ data: body(p('x')), encrypted: true }),
    expected: { failure: 'encrypted' },
  },
  {
    name: 'XML that breaks off',
    format: 'docx',
    make: () => rawDocx(cut(Buffer.from(body(p('text'))), 0.9)),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'wrong checksum',
    format: 'docx',
    make: () => rawDocx({ data: body(p('text')), declaredChecksum: 1 }),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'a billion laughs',
    format: 'docx',
    make: () => rawDocx(laughs()),
    expected: { failure: 'unsafe_content' },
  },
  {
    name: 'entity of a foreign file',
    format: 'docx',
    make: () => rawDocx(foreignEntity()),
    expected: { failure: 'unsafe_content' },
  },
  {
    name: 'elements 100,000 deep',
    format: 'docx',
    make: () => rawDocx(deepXml()),
    expected: { failure: 'unsafe_content' },
  },
  {
    name: 'parts that share their bytes',
    format: 'docx',
    make: sharedBytes,
    expected: { failure: 'unsafe_content' },
  },
  { name: '12,000 parts', format: 'docx', make: manyParts, expected: { failure: 'unsafe_content' } },
  {
    name: 'marks without text, by the million',
    format: 'docx',
    // Text over its limit would end the reading before.
    make: () => rawDocx(Buffer.from(body('<w:bookmarkEnd/>'.repeat(7_000_000)))),
    expected: { failure: 'too_large_expanded' },
  },
  {
    name: 'much that says it is a kilobyte',
    format: 'docx',
    make: () => rawDocx({ data: longXml(), declaredBytes: 1024 }),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'much in one attribute',
    format: 'docx',
    make: () => rawDocx(body(`<w:p w:a="${'a'.repeat(120 * 1024 ** 2)}"/>`)),
    expected: { failure: 'too_large_expanded' },
  },
];

export const docxSamples: readonly Sample[] = [...docxResumes, ...readable, ...damaged];
