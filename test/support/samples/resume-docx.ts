import {
  Document,
  Footer,
  Header,
  HeadingLevel,
  Packer,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
} from 'docx';
import { type Resume, resumeLines } from './resumes';

export const pack = (document: Document): Promise<Buffer> => Packer.toBuffer(document);

/** A line of `resumeLines` or of Markdown as a paragraph. */
function paragraphOf(line: string): Paragraph {
  if (line.startsWith('## ')) return new Paragraph({ text: line.slice(3), heading: HeadingLevel.HEADING_1 });
  if (line.startsWith('# ')) return new Paragraph({ text: line.slice(2), heading: HeadingLevel.TITLE });
  if (line.startsWith('- ')) return new Paragraph({ text: line.slice(2), bullet: { level: 0 } });
  return new Paragraph({ children: [new TextRun(line)] });
}

export const documentOf = (lines: readonly string[], properties: object = {}): Document =>
  new Document({ ...properties, sections: [{ children: lines.map(paragraphOf) }] });

export const headingsAndBullets = (resume: Resume): Promise<Buffer> =>
  pack(documentOf(resumeLines(resume), { title: `Resume of ${resume.name}`, creator: resume.name }));

/** Name and address stand in the header of the page only. */
export const contactInHeader = (resume: Resume): Promise<Buffer> =>
  pack(
    new Document({
      sections: [
        {
          headers: {
            default: new Header({
              children: [
                new Paragraph(resume.name),
                new Paragraph(`${resume.email}\u00a0·\u00a0${resume.phone}`),
              ],
            }),
          },
          footers: { default: new Footer({ children: [new Paragraph('Confidential')] }) },
          children: resumeLines(resume).slice(3).map(paragraphOf),
        },
      ],
    }),
  );

/** A table of two cells without lines, as templates of word processors lay resumes out. */
export const layoutTable = (resume: Resume): Promise<Buffer> => {
  const cell = (lines: readonly string[]) => new TableCell({ children: lines.map(paragraphOf) });
  const left = [
    `# ${resume.name}`,
    resume.email,
    resume.phone,
    `## ${resume.headings.skills}`,
    ...resume.skills,
  ];
  const right = resumeLines(resume).filter(
    (line) => !left.includes(line) && line !== resume.skills.join(', '),
  );
  return pack(
    new Document({
      sections: [
        { children: [new Table({ rows: [new TableRow({ children: [cell(left), cell(right)] })] })] },
      ],
    }),
  );
};

/** One row for each fact. */
export const factTable = (resume: Resume): Promise<Buffer> => {
  const row = (...cells: string[]) =>
    new TableRow({ children: cells.map((text) => new TableCell({ children: [new Paragraph(text)] })) });
  return pack(
    new Document({
      sections: [
        {
          children: [
            paragraphOf(`# ${resume.name}`),
            new Table({
              rows: [
                row('E-mail', resume.email),
                row('Phone', resume.phone),
                row(resume.headings.profile, resume.profile),
                row(resume.headings.skills, resume.skills.join(', ')),
                ...resume.experience.map(({ period, title, company }) => row(period, `${title}, ${company}`)),
                ...resume.education.map(({ period, degree, school }) => row(period, `${degree}, ${school}`)),
              ],
            }),
          ],
        },
      ],
    }),
  );
};
