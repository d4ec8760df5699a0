import { PDFDocument, StandardFonts } from 'pdf-lib';

/** A form whose answers stand in its fields only. */
export async function filledForm(): Promise<Buffer> {
  const pdf = await PDFDocument.create();
  const page = pdf.addPage();
  page.drawText('Application for leave', { x: 50, y: 750, size: 18 });
  const form = pdf.getForm();
  const name = form.createTextField('applicant.name');
  name.setText('Jane Example');
  name.addToPage(page, { x: 50, y: 680, width: 200, height: 20 });
  const kind = form.createDropdown('kind');
  kind.addOptions(['Unpaid leave', 'Parental leave']);
  kind.select('Parental leave');
  kind.addToPage(page, { x: 50, y: 640, width: 200, height: 20 });
  return Buffer.from(await pdf.save());
}

/** Everything packed into object streams, as newer writers do. */
export async function packedWithMetadata(): Promise<Buffer> {
  const pdf = await PDFDocument.create();
  pdf.setTitle('Minutes of the fourth meeting');
  pdf.setAuthor('Jane Example');
  pdf.setCreationDate(new Date('2024-02-29T08:30:00Z'));
  const font = await pdf.embedFont(StandardFonts.TimesRoman);
  for (const text of ['We met at nine and agreed on three things.', 'The next meeting is in two weeks.']) {
    pdf.addPage().drawText(text, { x: 50, y: 700, size: 12, font });
  }
  return Buffer.from(await pdf.save({ useObjectStreams: true }));
}
