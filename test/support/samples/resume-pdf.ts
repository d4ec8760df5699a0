import path from 'node:path';
import PDFDocument from 'pdfkit';
import type { Resume } from './resumes';

/** Latin with all its accents, and Cyrillic. It ships with pdf.js under the SIL Open Font License. */
export const fontFile = path.join(
  path.dirname(require.resolve('pdfjs-dist/package.json')),
  'standard_fonts/LiberationSans-Regular.ttf',
);

export type PdfOptions = ConstructorParameters<typeof PDFDocument>[0];
export type Pdf = InstanceType<typeof PDFDocument>;

export function pdfOf(draw: (pdf: Pdf) => void, options: PdfOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pdf = new PDFDocument({ margin: 54, ...options });
    const chunks: Buffer[] = [];
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
    draw(pdf);
    pdf.end();
  });
}

/** One column with bullets, the usual layout of word processors. */
export const oneColumn = (resume: Resume): Promise<Buffer> =>
  pdfOf(
    (pdf) => {
      pdf.font(fontFile).fontSize(22).text(resume.name);
      pdf.fontSize(12).text(resume.headline);
      pdf.fontSize(10).text(`${resume.email} | ${resume.phone} | ${resume.place}`).moveDown();
      section(pdf, resume.headings.profile).text(resume.profile).moveDown();
      section(pdf, resume.headings.skills).text(resume.skills.join(', ')).moveDown();
      section(pdf, resume.headings.experience);
      for (const { title, company, period, duties } of resume.experience) {
        pdf.fontSize(11).text(`${title}, ${company}`).fontSize(9).text(period).fontSize(10);
        pdf.list([...duties]).moveDown(0.5);
      }
      section(pdf, resume.headings.education);
      for (const { degree, school, period } of resume.education) pdf.text(`${degree}, ${school}, ${period}`);
    },
    { info: { Title: `Resume of ${resume.name}`, Author: resume.name } },
  );

function section(pdf: Pdf, heading: string): Pdf {
  return pdf.fontSize(14).text(heading).fontSize(10);
}

/** Contact and skills in a narrow column on the left, the rest beside it, each line drawn at its place. */
export const twoColumns = (resume: Resume): Promise<Buffer> =>
  pdfOf((pdf) => {
    pdf.rect(0, 0, 190, pdf.page.height).fill('#e8eef4').fill('#000000');
    pdf.font(fontFile).fontSize(10);
    const left = { width: 150 };
    pdf.fontSize(16).text(resume.name, 20, 40, left);
    pdf.fontSize(10).text(resume.headline, left).moveDown();
    pdf.text(resume.email, left).text(resume.phone, left).text(resume.place, left).moveDown(2);
    pdf.fontSize(13).text(resume.headings.skills, left).fontSize(10);
    for (const skill of resume.skills) pdf.text(skill, left);
    const right = { width: 340 };
    pdf
      .fontSize(13)
      .text(resume.headings.profile, 215, 40, right)
      .fontSize(10)
      .text(resume.profile, right)
      .moveDown();
    pdf.fontSize(13).text(resume.headings.experience, right).fontSize(10);
    for (const { title, company, period, duties } of resume.experience) {
      pdf.text(`${title}, ${company}`, right).text(period, right);
      for (const duty of duties) pdf.text(`• ${duty}`, right);
      pdf.moveDown();
    }
    pdf.fontSize(13).text(resume.headings.education, right).fontSize(10);
    for (const { degree, school, period } of resume.education) {
      pdf.text(`${degree}, ${school}`, right).text(period, right);
    }
  });

/** Rows of label and value with lines between them, as forms of authorities have it. */
export const tableLayout = (resume: Resume): Promise<Buffer> =>
  pdfOf((pdf) => {
    pdf.font(fontFile).fontSize(18).text(resume.name).moveDown().fontSize(10);
    const row = (label: string, value: string) => {
      const top = pdf.y;
      pdf.text(label, 54, top, { width: 130 });
      pdf.text(value, 200, top, { width: 330 });
      pdf
        .moveTo(54, pdf.y + 3)
        .lineTo(540, pdf.y + 3)
        .stroke()
        .moveDown();
    };
    row('E-mail', resume.email);
    row('Phone', resume.phone);
    row(resume.headings.profile, resume.profile);
    row(resume.headings.skills, resume.skills.join(', '));
    for (const { title, company, period } of resume.experience) row(period, `${title}, ${company}`);
    for (const { degree, school, period } of resume.education) row(period, `${degree}, ${school}`);
  });
