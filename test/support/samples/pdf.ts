import { japanesePdf } from './pdf-cjk';
import { damagedPdfs } from './pdf-damaged';
import { filledForm, packedWithMetadata } from './pdf-forms';
import { heading, pageOfProse, paragraph } from './prose';
import { lines, onePage, stream } from './raw-pdf';
import { fontFile, type Pdf, pdfOf } from './resume-pdf';
import { pdfResumes } from './resume-samples';
import { japanese, resumeLines } from './resumes';
import type { Sample } from './sample';

const handbook = (pages: number) => (pdf: Pdf) => {
  for (let number = 1; number <= pages; number++) {
    if (number > 1) pdf.addPage();
    const [title = '', ...paragraphs] = pageOfProse(number);
    pdf.font('Times-Bold').fontSize(16).text(title).moveDown();
    pdf.font('Times-Roman').fontSize(11);
    for (const text of paragraphs) pdf.text(text, { align: 'justify' }).moveDown(0.7);
  }
};

/** A picture of a page, as a scanner makes it: one black pixel, stretched. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

const readable: readonly Sample[] = [
  {
    name: 'handbook of three pages',
    format: 'pdf',
    make: () => pdfOf(handbook(3)),
    expected: {
      phrases: [heading(1), paragraph(10), heading(2), heading(3), paragraph(34)],
      pages: 3,
      language: 'en',
    },
  },
  {
    name: 'handbook of 200 pages',
    format: 'pdf',
    make: () => pdfOf(handbook(200)),
    expected: {
      phrases: [heading(1), heading(100), heading(200), paragraph(2004)],
      pages: 200,
      truncated: false,
    },
  },
  {
    name: 'large landscape plan',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => pdf.fontSize(40).text('Ground floor of the warehouse in the north of the city'), {
        size: 'A1',
        layout: 'landscape',
      }),
    expected: { phrases: ['Ground floor of the warehouse in the north of the city'], pages: 1 },
  },
  {
    name: 'text in all four directions',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => {
        for (const angle of [0, 90, 180, 270]) {
          pdf
            .save()
            .rotate(angle, { origin: [300, 400] })
            .text(`Turned by ${angle} degrees`, 320, 400)
            .restore();
        }
      }),
    expected: {
      phrases: [
        'Turned by 0 degrees',
        'Turned by 90 degrees',
        'Turned by 180 degrees',
        'Turned by 270 degrees',
      ],
    },
  },
  {
    name: 'page that is stored upside down',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => {
        pdf.page.dictionary.data.Rotate = 180;
        pdf.text('Read me with your head on the floor');
      }),
    expected: { phrases: ['Read me with your head on the floor'] },
  },
  {
    name: 'form with answers',
    format: 'pdf',
    make: filledForm,
    expected: {
      phrases: ['Application for leave', 'Jane Example', 'Parental leave'],
      absent: ['Unpaid leave'],
      pages: 1,
    },
  },
  {
    name: 'packed objects with title and author',
    format: 'pdf',
    make: packedWithMetadata,
    expected: {
      phrases: ['agreed on three things.', 'The next meeting'],
      pages: 2,
      metadata: {
        title: 'Minutes of the fourth meeting',
        author: 'Jane Example',
        created: '2024-02-29T08:30:00.000Z',
      },
    },
  },
  {
    name: 'ligatures of a font',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => pdf.font(fontFile).text('The office has a flawless and efficient affiliate first.')),
    expected: { phrases: ['The office has a flawless and efficient affiliate first.'] },
  },
  {
    name: 'words divided at the end of lines',
    format: 'pdf',
    make: () =>
      onePage(
        stream(
          lines(
            'All depart-',
            'ments keep their docu-',
            'ments for ten years. Ask the state-of-',
            'the-art archive, or the Anglo-',
            'American one.',
          ),
        ),
      ),
    expected: {
      phrases: [
        'All departments keep their documents for ten years.',
        'state-of- the-art',
        'Anglo- American',
      ],
    },
  },
  {
    name: 'Japanese resume with a table of its characters',
    format: 'pdf',
    make: () => japanesePdf(resumeLines(japanese), 'Identity-H'),
    expected: {
      phrases: [japanese.name, japanese.email, 'チームで働くことが好きで'],
      pages: 1,
      language: 'ja',
    },
  },
  {
    name: 'table with numbers',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => {
        [
          ['Article', 'Pieces', 'Price'],
          ['Blue paint', '12', '4.50'],
          ['Brushes', '3', '11.00'],
        ].forEach((row, index) => {
          row.forEach((cell, column) => {
            pdf.text(cell, 54 + 150 * column, 100 + 20 * index, { lineBreak: false });
          });
        });
      }),
    expected: { phrases: ['Article Pieces Price', 'Blue paint 12 4.50', 'Brushes 3 11.00'] },
  },
  {
    name: 'readable by all, changeable with a password',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => pdf.text('Everybody may read this contract.'), {
        ownerPassword: 'secret',
        pdfVersion: '1.7',
      }),
    expected: { phrases: ['Everybody may read this contract.'] },
  },
  {
    name: 'junk before its start and after its end',
    format: 'pdf',
    make: async () =>
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\n\r\n'),
        await pdfOf((pdf) => pdf.text('Saved by a careless download manager')),
        Buffer.from('\r\n\0\0\0\r\n'),
      ]),
    expected: { phrases: ['Saved by a careless download manager'] },
  },
  {
    name: 'one endless page',
    format: 'pdf',
    limits: { characters: 100_000 },
    make: () =>
      pdfOf((pdf) => {
        for (let number = 0; number < 1500; number++) pdf.text(paragraph(number), 20, 20, { width: 500 });
      }),
    expected: { phrases: [paragraph(0)], truncated: true, pages: 1 },
  },
  {
    name: 'scan with recognised text beneath',
    format: 'pdf',
    make: () =>
      pdfOf((pdf) => {
        pdf.image(pixel, 0, 0, { width: 612, height: 792 });
        pdf.fillOpacity(0).text('Recognised by the scanner, seen by nobody');
      }),
    expected: { phrases: ['Recognised by the scanner, seen by nobody'] },
  },
];

export const pdfSamples: readonly Sample[] = [...pdfResumes, ...readable, ...damagedPdfs(pixel)];
