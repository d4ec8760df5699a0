import { compoundFile } from './compound-writer';
import { heading, pageOfProse, paragraph } from './prose';
import { headingsAndBullets } from './resume-docx';
import { oneColumn } from './resume-pdf';
import { markdownResumes, textResumes } from './resume-samples';
import { english, french, german, polish, resumeLines, russian } from './resumes';
import type { Sample } from './sample';

const prose = [1, 2, 3].flatMap(pageOfProse).join('\n\n');
const utf16be = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

/** Cyrillic of windows-1251: its letters follow each other as in Unicode. */
const windows1251 = (text: string): Buffer =>
  Buffer.from(
    [...text].map((character) => {
      const code = character.codePointAt(0) ?? 0;
      return code >= 0x410 && code <= 0x44f ? code - 0x350 : code < 0x80 ? code : 0x3f;
    }),
  );

export const textSamples: readonly Sample[] = [
  ...textResumes,
  {
    name: 'handbook',
    format: 'txt',
    make: () => Buffer.from(prose),
    expected: { phrases: [heading(1), paragraph(34)], pages: null, language: 'en', metadata: {} },
  },
  {
    name: 'byte order mark',
    format: 'txt',
    make: () => Buffer.from(`\ufeff${prose}`),
    expected: { phrases: [heading(1)] },
  },
  {
    name: 'UTF-16 of Notepad',
    format: 'txt',
    make: () => Buffer.from(`\ufeff${resumeLines(german).join('\r\n')}`, 'utf16le'),
    expected: { phrases: ['größerer Projekte'], language: 'de' },
  },
  {
    name: 'UTF-16 with the high byte first',
    format: 'txt',
    make: () => utf16be(resumeLines(polish).join('\n')),
    expected: { phrases: ['Księgowa'], language: 'pl' },
  },
  {
    name: 'German in windows-1252',
    format: 'txt',
    make: () =>
      Buffer.from(`${resumeLines(german).join('\r\n').replaceAll('–', '-')}\r\n\u0084So\u0093`, 'latin1'),
    expected: { phrases: ['größerer Projekte', '„So“'], language: 'de' },
  },
  {
    name: 'French in ISO 8859-1',
    format: 'txt',
    make: () => Buffer.from(resumeLines(french).join('\n').replace(/[’–]/g, "'"), 'latin1'),
    expected: { phrases: ['Zoé Exemple', 'années'], language: 'fr' },
  },
  {
    name: 'Russian in windows-1251',
    format: 'txt',
    make: () => windows1251(resumeLines(russian).join('\n')),
    expected: { phrases: ['Системный администратор'], language: 'ru' },
  },
  {
    name: 'line ends of an old Macintosh',
    format: 'txt',
    make: () => Buffer.from('One\rTwo\rThree'),
    expected: { phrases: ['One Two Three'], language: null },
  },
  {
    name: 'form feeds of a printer',
    format: 'txt',
    make: () => Buffer.from('First page\fSecond page'),
    expected: { phrases: ['First page Second page'], pages: null },
  },
  {
    name: 'a single word',
    format: 'txt',
    make: () => Buffer.from('Hello'),
    expected: { phrases: ['Hello'], language: null },
  },
  {
    name: 'a line of a million blanks',
    format: 'txt',
    make: () => Buffer.from(`left${' '.repeat(900_000)}right${'\n'.repeat(50_000)}end`),
    expected: { phrases: ['left right end'] },
  },
  {
    name: 'more text than is kept',
    format: 'txt',
    make: () => Buffer.from(`${prose}\n`.repeat(500)),
    expected: { phrases: [heading(1)], truncated: true },
  },
  {
    name: 'half a pair of surrogates',
    format: 'txt',
    make: () => Buffer.from([0xff, 0xfe, 0x41, 0, 0x3d, 0xd8, 0x42, 0]),
    expected: { phrases: ['A\ufffdB'] },
  },
  {
    name: 'UTF-8 that breaks off in a letter',
    format: 'txt',
    make: () => Buffer.from(prose.replaceAll('e', 'é')).subarray(0, 1000),
    expected: { phrases: ['Chaptér 1'] },
  },
  { name: 'no bytes', format: 'txt', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  {
    name: 'blank lines',
    format: 'txt',
    make: () => Buffer.from(' \n\n \t \n'),
    expected: { failure: 'no_text' },
  },
  {
    name: 'PDF with the name of a text',
    format: 'txt',
    make: () => oneColumn(english),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'DOCX with the name of a text',
    format: 'txt',
    make: () => headingsAndBullets(english),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'DOC with the name of a text',
    format: 'txt',
    make: () => compoundFile({ WordDocument: Buffer.alloc(5000) }),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'program with the name of a text',
    format: 'txt',
    make: () => Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256)),
    expected: { failure: 'wrong_type' },
  },
  {
    name: 'text with a NUL far behind',
    format: 'txt',
    make: () => Buffer.from(`${prose}${prose}\0`),
    expected: { failure: 'wrong_type' },
  },
];

const guide = [
  '# Guide to the archive',
  '',
  ...pageOfProse(4).map((text, index) => (index === 0 ? `## ${text}` : text)),
].join('\n\n');

export const markdownSamples: readonly Sample[] = [
  ...markdownResumes,
  {
    name: 'guide with headings',
    format: 'md',
    make: () => Buffer.from(guide),
    expected: {
      phrases: ['Guide to the archive', heading(4)],
      language: 'en',
      metadata: { title: 'Guide to the archive' },
    },
  },
  {
    name: 'front matter',
    format: 'md',
    make: () =>
      Buffer.from(
        '---\ntitle: "Rules of the house"\nauthor: Jane Example\ndate: 2024-01-02\n---\n\nNo smoking.\n',
      ),
    expected: {
      phrases: ['No smoking.'],
      metadata: { title: 'Rules of the house', author: 'Jane Example', created: '2024-01-02' },
    },
  },
  {
    name: 'front matter without an end',
    format: 'md',
    make: () => Buffer.from(`---\ntitle: x\n${'a: b\n'.repeat(100_000)}`),
    expected: { phrases: ['title: x'], metadata: {} },
  },
  {
    name: 'code and a table',
    format: 'md',
    make: () => Buffer.from('| Key | Value |\n|---|---|\n| a | 1 |\n\n```ts\nconst answer = 42;\n```\n'),
    expected: { phrases: ['| a | 1 |', 'const answer = 42;'] },
  },
  {
    name: 'line ends of Windows',
    format: 'md',
    make: () => Buffer.from('# Title\r\n\r\nText\r\n'),
    expected: { phrases: ['# Title Text'], metadata: { title: 'Title' } },
  },
  { name: 'no bytes', format: 'md', make: () => Buffer.alloc(0), expected: { failure: 'empty' } },
  {
    name: 'PDF with the name of a Markdown file',
    format: 'md',
    make: () => oneColumn(english),
    expected: { failure: 'wrong_type' },
  },
];
