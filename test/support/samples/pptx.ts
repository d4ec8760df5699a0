import PptxGenJS from 'pptxgenjs';
import { compoundFile } from './compound-writer';
import { cut, flipBits } from './damage';
import { relationships } from './office-parts';
import { deepXml, laughs } from './office-traps';
import { heading, paragraph } from './prose';
import { headingsAndBullets } from './resume-docx';
import { english, french, german, japanese, polish, type Resume, russian, spanish } from './resumes';
import type { Sample } from './sample';
import { type Part, zipFile } from './zip-file';

type Deck = InstanceType<typeof PptxGenJS>;

async function deckOf(draw: (deck: Deck) => void): Promise<Buffer> {
  const deck = new PptxGenJS();
  draw(deck);
  // Under Node it loads the file system for pictures by import(), which the sandbox of jest refuses. There are none.
  const { release } = process;
  Object.defineProperty(process, 'release', { value: { ...release, name: 'sandbox' }, configurable: true });
  try {
    return (await deck.write({ outputType: 'nodebuffer' })) as Buffer;
  } finally {
    Object.defineProperty(process, 'release', { value: release, configurable: true });
  }
}

/** A person on two slides: who it is, and what the person can do. */
const introduction = (resume: Resume): Promise<Buffer> =>
  deckOf((deck) => {
    const first = deck.addSlide();
    first.addText(resume.name, { x: 1, y: 1, w: 8, h: 1, fontSize: 36 });
    first.addText(resume.profile, { x: 1, y: 2, w: 8, h: 3 });
    deck.addSlide().addText(
      resume.skills.map((text) => ({ text, options: { bullet: true, breakLine: true } })),
      { x: 1, y: 1, w: 8, h: 4 },
    );
  });

const slides = (count: number) =>
  deckOf((deck) => {
    for (let number = 1; number <= count; number++) {
      const slide = deck.addSlide();
      slide.addText(heading(number), { x: 1, y: 0.5, w: 8, h: 1 });
      slide.addText(paragraph(number), { x: 1, y: 2, w: 8, h: 3 });
    }
  });

const a = 'xmlns:a="a" xmlns:p="p" xmlns:r="r"';
const shape = (text: string, placeholder = ''): string =>
  `<p:sp><p:nvSpPr><p:nvPr>${placeholder && `<p:ph type="${placeholder}"/>`}</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`;
const slideXml = (content: string): string =>
  `<p:sld ${a}><p:cSld><p:spTree>${content}</p:spTree></p:cSld></p:sld>`;

/** A PPTX part by part: slides are listed in the order of `order`. */
function rawDeck(
  contents: readonly (string | Buffer)[],
  { order = contents.map((_, i) => i), others = [] as Part[] } = {},
): Buffer {
  return zipFile([
    { name: '[Content_Types].xml', data: '<Types/>' },
    { name: '_rels/.rels', data: relationships({ 'ppt/presentation.xml': 'officeDocument' }) },
    {
      name: 'ppt/presentation.xml',
      data: `<p:presentation ${a}><p:sldIdLst>${order.map((i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`).join('')}</p:sldIdLst></p:presentation>`,
    },
    {
      name: 'ppt/_rels/presentation.xml.rels',
      data: relationships(Object.fromEntries(contents.map((_, i) => [`slides/slide${i + 1}.xml`, 'slide']))),
    },
    ...contents.map((data, i) => ({ name: `ppt/slides/slide${i + 1}.xml`, data })),
    ...others,
  ]);
}

const languages = [english, german, french, spanish, polish, russian, japanese].map(
  (resume): Sample => ({
    name: `${resume.language} introduction of a person`,
    format: 'pptx',
    make: () => introduction(resume),
    expected: {
      phrases: [resume.name, resume.profile, ...resume.skills],
      pages: 2,
      language: resume.language,
    },
  }),
);

const readable: readonly Sample[] = [
  {
    name: 'three slides',
    format: 'pptx',
    make: () => slides(3),
    expected: { phrases: [heading(1), paragraph(3)], pages: 3, language: 'en' },
  },
  {
    name: 'two hundred slides',
    format: 'pptx',
    make: () => slides(200),
    expected: { phrases: [heading(1), paragraph(200)], pages: 200 },
  },
  {
    name: 'notes of the speaker',
    format: 'pptx',
    make: () =>
      deckOf((deck) => {
        const slide = deck.addSlide();
        slide.addText('Our year in numbers', { x: 1, y: 1, w: 8, h: 1 });
        slide.addNotes('Do not forget to thank the archive.');
      }),
    expected: { phrases: ['Our year in numbers Do not forget to thank the archive.'], pages: 1 },
  },
  {
    name: 'table',
    format: 'pptx',
    make: () =>
      deckOf((deck) => {
        deck.addSlide().addTable(
          [
            [{ text: 'Article' }, { text: 'Price' }],
            [{ text: 'Brush' }, { text: '11.00' }],
          ],
          { x: 1, y: 1, w: 8 },
        );
      }),
    expected: { phrases: ['Article Price Brush 11.00'] },
  },
  {
    name: 'title and author',
    format: 'pptx',
    make: () =>
      deckOf((deck) => {
        deck.title = 'Plans for spring';
        deck.author = 'Jane Example';
        deck.addSlide().addText('Spring', { x: 1, y: 1, w: 8, h: 1 });
      }),
    expected: { phrases: ['Spring'], pages: 1 },
  },
  {
    name: 'slides in another order than their names',
    format: 'pptx',
    make: () =>
      rawDeck(
        ['one', 'two', 'three'].map((text) => slideXml(shape(text))),
        { order: [2, 0, 1] },
      ),
    expected: { phrases: ['three one two'], pages: 3 },
  },
  {
    name: 'numbers and dates that every slide repeats',
    format: 'pptx',
    make: () =>
      rawDeck([
        slideXml(shape('Content') + shape('17', 'sldNum') + shape('May', 'dt') + shape('Secret', 'ftr')),
      ]),
    expected: { phrases: ['Content'], absent: ['17', 'May', 'Secret'] },
  },
  {
    name: 'diagram',
    format: 'pptx',
    make: () =>
      rawDeck([slideXml(shape('How we work'))], {
        others: [
          {
            name: 'ppt/slides/_rels/slide1.xml.rels',
            data: relationships({ '../diagrams/data1.xml': 'diagramData' }),
          },
          {
            name: 'ppt/diagrams/data1.xml',
            data: '<dgm:dataModel xmlns:dgm="d" xmlns:a="a"><a:p><a:r><a:t>Ask first</a:t></a:r></a:p></dgm:dataModel>',
          },
        ],
      }),
    expected: { phrases: ['How we work', 'Ask first'] },
  },
  {
    name: 'more text than is kept',
    format: 'pptx',
    limits: { characters: 2000 },
    make: () => slides(30),
    expected: { phrases: [heading(1)], pages: 30, truncated: true },
  },
];

const damaged: readonly Sample[] = [
  { name: 'no bytes', format: 'pptx', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  {
    name: 'slides without text',
    format: 'pptx',
    make: () => rawDeck([slideXml(''), slideXml('')]),
    expected: { failure: 'no_text' },
  },
  { name: 'no slides', format: 'pptx', make: () => rawDeck([]), expected: { failure: 'no_text' } },
  {
    name: 'upload that broke off',
    format: 'pptx',
    make: async () => cut(await slides(3)),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'bits turned over',
    format: 'pptx',
    make: async () => flipBits(await slides(3), 60, 301),
    expected: { failure: 'corrupt' },
  },
  {
    name: 'DOCX with the name of a PPTX',
    format: 'pptx',
    make: () => headingsAndBullets(english),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'encrypted by Office',
    format: 'pptx',
    make: () =>
      compoundFile({ EncryptionInfo: Buffer.alloc(200, 1), EncryptedPackage: Buffer.alloc(9000, 2) }),
    expected: { failure: 'encrypted' },
  },
  {
    name: 'PPT of the time before',
    format: 'pptx',
    make: () => compoundFile({ 'PowerPoint Document': Buffer.alloc(5000) }),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'slide that is not there',
    format: 'pptx',
    make: () => rawDeck([slideXml(shape('x'))], { order: [0, 4] }),
    expected: { failure: 'corrupt' },
  },
  {
    name: '10,000 slides',
    format: 'pptx',
    make: () => rawDeck([slideXml(shape('x'))], { order: Array.from({ length: 10_000 }, () => 0) }),
    expected: { failure: 'too_many_pages' },
  },
  {
    name: 'a billion laughs',
    format: 'pptx',
    make: () => rawDeck([laughs()]),
    expected: { failure: 'unsafe_content' },
  },
  {
    name: 'elements 100,000 deep',
    format: 'pptx',
    make: () => rawDeck([deepXml()]),
    expected: { failure: 'unsafe_content' },
  },
  {
    name: 'more than 100 MB of empty shapes',
    format: 'pptx',
    make: () => rawDeck([slideXml('<p:pic/>'.repeat(16_000_000))]),
    expected: { failure: 'too_large_expanded' },
  },
];

export const pptxSamples: readonly Sample[] = [...languages, ...readable, ...damaged];
