/** Text out of files through the extractor, against the libraries alone in the same process and the same run. */
import { SaxesParser } from 'saxes';
import { extractText, getDocumentProxy } from 'unpdf';
import type { Extractor, Format } from '../../lambdas/extraction/extraction';
import { unzip } from '../support/archive';
import { contentOf, testExtractor } from '../support/extraction';
import { pageOfProse } from '../support/samples/prose';
import { documentOf, pack } from '../support/samples/resume-docx';
import { pdfOf } from '../support/samples/resume-pdf';
import { inTurn, median, type Result, type Row, round, type Topic } from './measure';

const pdfPages = 200;
const docxParagraphs = 3000;

const handbook = (): Promise<Buffer> =>
  pdfOf((pdf) => {
    for (let number = 1; number <= pdfPages; number++) {
      if (number > 1) pdf.addPage();
      for (const text of pageOfProse(number)) pdf.text(text).moveDown();
    }
  });

const report = (): Promise<Buffer> =>
  pack(documentOf(Array.from({ length: docxParagraphs / 6 }, (_, number) => pageOfProse(number)).flat()));

/** pdf.js as unpdf drives it, page by page into strings. */
async function libraryPdf(file: Buffer): Promise<number> {
  const document = await getDocumentProxy(new Uint8Array(file), { verbosity: 0 });
  const { text } = await extractText(document, { mergePages: false });
  await document.loadingTask.destroy();
  return text.join('\f').length;
}

/** yauzl and saxes, and no more than the text of the elements that have one. */
async function libraryDocx(file: Buffer): Promise<number> {
  const part = (await unzip(file)).get('word/document.xml');
  let text = '';
  let inText = false;
  const parser = new SaxesParser({ position: false });
  parser.on('opentag', ({ name }) => {
    inText = name === 'w:t';
  });
  parser.on('text', (value) => {
    if (inText) text += value;
  });
  parser.write(part?.toString() ?? '').close();
  return text.length;
}

/** CPU milliseconds of all threads of the process. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  await work();
  clearInterval(watch);
  return (most - before) / 1e6;
}

export const extraction: Topic = {
  name: 'extraction',
  async run(runs): Promise<Result> {
    const extractor = await testExtractor();
    try {
      const cold = performance.now();
      await extractor.extract(contentOf(await pdfOf((pdf) => pdf.text('warm'))), 'pdf');
      const coldMilliseconds = performance.now() - cold;
      const pdf = await rows(extractor, runs, 'pdf', await handbook(), libraryPdf, pdfPages, 'page');
      const docx = await rows(
        extractor,
        runs,
        'docx',
        await report(),
        libraryDocx,
        docxParagraphs / 100,
        '100 paragraphs',
      );
      return {
        topic: 'extraction',
        reference: 'unpdf (pdf.js), and yauzl with saxes, alone in the same process',
        goal: '<= 1.2 x the CPU of the library per PDF page',
        rows: [
          ...pdf,
          ...docx,
          {
            what: 'first PDF of a process: start the thread, load pdf.js',
            figures: { 'wall ms': round(coldMilliseconds, 0) },
          },
        ],
      };
    } finally {
      await extractor.close();
    }
  },
};

async function rows(
  extractor: Extractor,
  runs: number,
  format: Format,
  file: Buffer,
  library: (file: Buffer) => Promise<unknown>,
  units: number,
  unit: string,
): Promise<Row[]> {
  const ours = () => extractor.extract(contentOf(file), format);
  const theirs = () => library(Buffer.from(file));
  const peak = { ours: await peakOf(ours), theirs: await peakOf(theirs) };
  const cpu = await inTurn(runs, { ours: () => cpuOf(ours), theirs: () => cpuOf(theirs) });
  const wall = await inTurn(runs, { ours: () => wallOf(ours), theirs: () => wallOf(theirs) });
  const row = (what: string, side: 'ours' | 'theirs'): Row => ({
    what: `${format}: ${what}`,
    figures: {
      per: unit,
      'cpu ms': round(median(cpu[side]) / units),
      'wall ms': round(median(wall[side]) / units),
      'cpu ratio': round(median(cpu[side]) / median(cpu.theirs)),
      'wall ratio': round(median(wall[side]) / median(wall.theirs)),
      'peak MB': round(peak[side], 0),
    },
  });
  return [row('the library alone', 'theirs'), row('extract()', 'ours')];
}

async function wallOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
