import { ExtractionError } from './failure';
import type { ExtractionLimits } from './limits';
import { openOfficeFile } from './office-file';
import type { PackageFile } from './package-file';
import { Paragraphs } from './paragraphs';
import { relationshipsOf } from './relationships';
import { type Reading, TextCollector } from './text';
import { attribute, parseXml } from './xml';

/** Every slide with the data of its diagrams and its notes, in the order they are shown. */
export async function readPptx(bytes: Buffer, limits: ExtractionLimits): Promise<Reading> {
  const { file, mainPart, metadata } = await openOfficeFile(bytes, 'ppt/', limits.expandedBytes);
  const related = await relationshipsOf(file, mainPart);
  const slides: string[] = [];
  await parseXml(file.read(mainPart), {
    open(name, attributes) {
      if (name !== 'sldId') return;
      const reference = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
      const slide = related.get(reference ?? '');
      if (slide?.kind !== 'slide')
        throw new ExtractionError('corrupt', 'It lists a slide that it does not hold.');
      slides.push(slide.target);
    },
  });
  if (slides.length > limits.pages) {
    throw new ExtractionError(
      'too_many_pages',
      `It has ${slides.length} slides; at most ${limits.pages} are read.`,
    );
  }
  const collector = new TextCollector(limits.characters);
  for (const [index, slide] of slides.entries()) {
    if (index > 0) collector.add('\f');
    if (collector.full) collector.truncated = true;
    if (collector.full) break;
    await readPart(file, slide, collector);
    for (const { kind, target } of (await relationshipsOf(file, slide)).values()) {
      if (!file.has(target)) continue;
      if (kind === 'diagramData' || kind === 'notesSlide') await readPart(file, target, collector);
    }
  }
  return { text: collector.toString(), pages: slides.length, metadata, truncated: collector.truncated };
}

/** Placeholders that every slide repeats: its number, the date, the footer, and on notes the picture of the slide. */
const repeated = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);

async function readPart(file: PackageFile, part: string, collector: TextCollector): Promise<void> {
  const paragraphs = new Paragraphs(collector);
  let inText = false;
  let skipDepth = 0;
  let inRepeated = false;
  const silent = () => skipDepth > 0 || inRepeated;
  await parseXml(file.read(part), {
    open(name, attributes) {
      if (name === 'Fallback') skipDepth++;
      if (name === 'sp') inRepeated = false;
      if (name === 'ph' && repeated.has(attribute(attributes, 'type') ?? '')) inRepeated = true;
      if (silent()) return;
      inText = name === 't';
      if (name === 'br') paragraphs.text('\n');
      else if (name === 'tr') paragraphs.openRow();
      else if (name === 'tc') paragraphs.openCell();
    },
    text(text) {
      if (inText && !silent()) paragraphs.text(text);
    },
    close(name) {
      const spoke = !silent();
      if (name === 'Fallback') skipDepth--;
      if (name === 'sp') inRepeated = false;
      if (!spoke) return;
      inText = false;
      if (name === 'p') paragraphs.endParagraph();
      else if (name === 'tc') paragraphs.closeCell();
      else if (name === 'tr') paragraphs.closeRow();
      else if (name === 'sp') paragraphs.blankLine();
    },
    done: () => paragraphs.full && collector.truncated,
  });
}
