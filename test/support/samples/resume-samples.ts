import type { Format } from '../../../lambdas/extraction/extraction';
import { contactInHeader, factTable, headingsAndBullets, layoutTable } from './resume-docx';
import { oneColumn, tableLayout, twoColumns } from './resume-pdf';
import {
  english,
  factsOf,
  french,
  german,
  japanese,
  polish,
  type Resume,
  resumeLines,
  russian,
  spanish,
} from './resumes';
import type { Sample } from './sample';
import { wordFile } from './word-writer';

export interface ResumeSample extends Sample {
  /** The facts that stand in the file. */
  readonly resume: Resume;
}

function resumeIn(
  format: Format,
  layout: string,
  resume: Resume,
  make: (resume: Resume) => Buffer | Promise<Buffer>,
): ResumeSample {
  return {
    name: `${resume.language} resume in ${layout}`,
    format,
    resume,
    make: () => make(resume),
    expected: { phrases: factsOf(resume), language: resume.language, pages: format === 'pdf' ? 1 : null },
  };
}

const everyLanguage = [english, german, french, spanish, polish, russian, japanese];

export const pdfResumes: readonly ResumeSample[] = [
  ...[english, german, french, spanish, polish, russian].map((resume) =>
    resumeIn('pdf', 'one column', resume, oneColumn),
  ),
  ...[english, german].map((resume) => resumeIn('pdf', 'two columns', resume, twoColumns)),
  ...[english, french].map((resume) => resumeIn('pdf', 'a table', resume, tableLayout)),
];

export const docxResumes: readonly ResumeSample[] = [
  ...everyLanguage.map((resume) => resumeIn('docx', 'headings and bullets', resume, headingsAndBullets)),
  ...[english, polish].map((resume) =>
    resumeIn('docx', 'a header with the contact', resume, contactInHeader),
  ),
  ...[english, german].map((resume) => resumeIn('docx', 'a table without lines', resume, layoutTable)),
  ...[english, spanish].map((resume) => resumeIn('docx', 'a table of facts', resume, factTable)),
];

const wordLines = (resume: Resume): string =>
  resumeLines(resume)
    .map((line) => `${line.replace(/^#+ /, '').replace(/^- /, '\u00b7 ')}\r`)
    .join('');

export const docResumes: readonly ResumeSample[] = everyLanguage.map((resume) =>
  resumeIn('doc', 'paragraphs', resume, () => wordFile({ text: wordLines(resume) })),
);

export const textResumes: readonly ResumeSample[] = everyLanguage.map((resume) =>
  resumeIn('txt', 'plain text', resume, () =>
    Buffer.from(
      resumeLines(resume)
        .map((line) =>
          line
            .replace(/^# /, '')
            .replace(/^## (.*)/, (_, heading: string) => `\n${heading.toUpperCase()}`)
            .replace(/^- /, '* '),
        )
        .join('\n'),
    ),
  ),
);

export const markdownResumes: readonly ResumeSample[] = everyLanguage.map((resume) =>
  resumeIn('md', 'Markdown', resume, () => Buffer.from(resumeLines(resume).join('\n\n'))),
);

/** Resumes in every format and layout, with the facts that stand in them. */
export const resumeSamples: readonly ResumeSample[] = [
  ...pdfResumes,
  ...docxResumes,
  ...docResumes,
  ...textResumes,
  ...markdownResumes,
];
