import { getDocument } from 'unpdf/pdfjs';
import { boundInflate } from './bounded-inflate';
import { ExtractionError } from './failure';
import type { ExtractionLimits } from './limits';
import { type TextItem, textOfPage } from './pdf-page';
import { type Reading, TextCollector } from './text';

type Document = Awaited<ReturnType<typeof getDocument>['promise']>;

export async function readPdf(bytes: Buffer, limits: ExtractionLimits): Promise<Reading> {
  if (!bytes.subarray(0, 1024).includes('%PDF-')) {
    throw new ExtractionError('wrong_type', 'It does not start as a PDF.');
  }
  // A reader looks for the end in the last kilobyte; some more is junk of mail programs and download managers.
  if (!bytes.subarray(-4096).includes('%%EOF')) {
    throw new ExtractionError('corrupt', 'It does not end as a PDF: the file is incomplete.');
  }
  const inflate = boundInflate(limits.expandedBytes);
  const task = getDocument({
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    // Text only: no pictures, no fonts of the machine, nothing from network or disk. This pdf.js has no eval.
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    useWasm: false,
    enableXfa: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    maxImageSize: 0,
    verbosity: 0,
  });
  const reading = readDocument(task.promise, limits).finally(() => task.destroy());
  try {
    // What is over its limit hangs in pdf.js for good, and destroy() would wait for it: the thread goes instead.
    return await Promise.race([reading, inflate.exceeded]);
  } finally {
    inflate.restore();
  }
}

async function readDocument(opening: Promise<Document>, limits: ExtractionLimits): Promise<Reading> {
  const document = await opening.catch((error) => {
    throw asFailure(error);
  });
  if (document.numPages > limits.pages) {
    throw new ExtractionError(
      'too_many_pages',
      `It has ${document.numPages} pages; at most ${limits.pages} are read.`,
    );
  }
  return readPages(document, limits);
}

async function readPages(document: Document, limits: ExtractionLimits): Promise<Reading> {
  const collector = new TextCollector(limits.characters);
  const values = await fieldValues(document);
  for (let number = 1; number <= document.numPages; number++) {
    if (collector.full) {
      collector.truncated = true;
      break;
    }
    if (number > 1) collector.add('\f');
    const page = await document.getPage(number);
    const items = await readItems(page.streamTextContent(), limits.characters);
    collector.add(textOfPage(items));
    for (const value of values.get(number) ?? []) collector.add(`\n${value}`);
    page.cleanup();
  }
  return {
    text: collector.toString(),
    pages: document.numPages,
    metadata: await metadataOf(document),
    truncated: collector.truncated,
  };
}

/** Stops at the limit: the rest of an endless page is never made. */
async function readItems(stream: ReadableStream, limit: number): Promise<TextItem[]> {
  const items: TextItem[] = [];
  const reader = stream.getReader();
  let characters = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return items;
    for (const item of value.items) {
      // Marks of structure have no text.
      if (typeof item.str !== 'string') continue;
      items.push(item);
      characters += item.str.length + 1;
    }
    if (characters > limit) {
      await reader.cancel(new Error('the limit is reached'));
      return items;
    }
  }
}

/** What was typed into a form is no part of the page's own text. */
async function fieldValues(document: Document): Promise<Map<number, string[]>> {
  const found = new Map<number, string[]>();
  const fields = (await document.getFieldObjects()) as Record<string, FieldObject[]> | null;
  for (const { type, value, page } of Object.values(fields ?? {}).flat()) {
    if (!['text', 'combobox', 'listbox'].includes(type ?? '') || typeof value !== 'string' || !value)
      continue;
    const number = (page ?? 0) + 1;
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

interface FieldObject {
  readonly type?: string;
  readonly value?: unknown;
  readonly page?: number;
}

async function metadataOf(document: Document): Promise<Record<string, string | undefined>> {
  const { info } = (await document.getMetadata()) as unknown as { info: Record<string, unknown> };
  const text = (value: unknown) => (typeof value === 'string' && value.trim() ? value.trim() : undefined);
  return { title: text(info.Title), author: text(info.Author), created: isoDate(text(info.CreationDate)) };
}

/** `D:20240131120000+01'00'`; everything after the year may be missing. */
function isoDate(value: string | undefined): string | undefined {
  const parts = /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z)?/.exec(value ?? '');
  if (!parts) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, ...offset] =
    parts;
  const zone = sign ? `${sign}${offset[0]}:${offset[1] ?? '00'}` : 'Z';
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function asFailure(error: Error): Error {
  if (error.name === 'PasswordException')
    return new ExtractionError('encrypted', 'It opens with a password only.');
  return new ExtractionError('corrupt', `It is damaged or cut off: ${error.message}`);
}
