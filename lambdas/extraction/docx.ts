import type { ExtractionLimits } from './limits';
import { openOfficeFile } from './office-file';
import type { PackageFile } from './package-file';
import { Paragraphs } from './paragraphs';
import { relationshipsOf } from './relationships';
import { type Reading, TextCollector } from './text';
import { attribute, parseXml } from './xml';

/** Headers first: letters and resumes have name and address there. Comments are not part of the text. */
const before = ['header'];
const after = ['footnotes', 'endnotes', 'footer'];

/** Deleted text of tracked changes, and the copy of a drawing for programs older than 2010. */
const skipped = new Set(['Fallback', 'moveFrom', 'del']);

export async function readDocx(bytes: Buffer, limits: ExtractionLimits): Promise<Reading> {
  const { file, mainPart, metadata, pages } = await openOfficeFile(bytes, 'word/', limits.expandedBytes);
  const related = [...(await relationshipsOf(file, mainPart)).values()];
  const parts = (kinds: readonly string[]) =>
    kinds.flatMap((kind) => related.filter((part) => part.kind === kind && file.has(part.target)));
  const collector = new TextCollector(limits.characters);
  const seen = new Set<string>();
  for (const { target } of [...parts(before), { target: mainPart }, ...parts(after)]) {
    if (seen.has(target)) continue;
    seen.add(target);
    await readPart(file, target, collector);
  }
  return { text: collector.toString(), pages, metadata, truncated: collector.truncated };
}

async function readPart(file: PackageFile, part: string, collector: TextCollector): Promise<void> {
  const paragraphs = new Paragraphs(collector);
  let inText = false;
  let skipDepth = 0;
  await parseXml(file.read(part), {
    open(name, attributes) {
      if (skipped.has(name)) skipDepth++;
      if (skipDepth > 0) return;
      inText = name === 't';
      if (name === 'tab' || name === 'ptab') paragraphs.text('\t');
      else if (name === 'br' || name === 'cr') paragraphs.text('\n');
      else if (name === 'noBreakHyphen') paragraphs.text('-');
      else if (name === 'tr') paragraphs.openRow();
      else if (name === 'tc') paragraphs.openCell();
      else if (name === 'pStyle' && /^(?:heading|title)/i.test(attribute(attributes, 'val') ?? '')) {
        paragraphs.blankLine();
      }
    },
    text(text) {
      if (inText && skipDepth === 0) paragraphs.text(text);
    },
    close(name) {
      if (skipped.has(name)) skipDepth--;
      if (skipDepth > 0) return;
      inText = false;
      if (name === 'p') paragraphs.endParagraph();
      else if (name === 'tc') paragraphs.closeCell();
      else if (name === 'tr') paragraphs.closeRow();
    },
    done: () => paragraphs.full && collector.truncated,
  });
  collector.add('\n');
}
