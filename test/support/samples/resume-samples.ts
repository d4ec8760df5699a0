import { oneColumn, tableLayout, twoColumns } from './resume-pdf';
import { english, factsOf, french, german, polish, type Resume, russian, spanish } from './resumes';
import type { Sample } from './sample';

export interface ResumeSample extends Sample {
  /** The facts that stand in the file. */
  readonly resume: Resume;
}

function pdfResume(layout: string, resume: Resume, make: (resume: Resume) => Promise<Buffer>): ResumeSample {
  return {
    name: `${resume.language} resume in ${layout}`,
    format: 'pdf',
    resume,
    make: () => make(resume),
    expected: { phrases: factsOf(resume), language: resume.language, pages: 1 },
  };
}

export const pdfResumes: readonly ResumeSample[] = [
  ...[english, german, french, spanish, polish, russian].map((resume) =>
    pdfResume('one column', resume, oneColumn),
  ),
  ...[english, german].map((resume) => pdfResume('two columns', resume, twoColumns)),
  ...[english, french].map((resume) => pdfResume('a table', resume, tableLayout)),
];
