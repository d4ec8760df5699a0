import { ExtractionError } from './failure';
import type { Format } from './formats';
import { languageOf } from './language';
import type { ExtractionLimits } from './limits';
import { cleanText, hasText, type Reading } from './text';

export interface ExtractedText {
  /** Pages and slides are separated by a form feed, paragraphs by a linefeed, cells of a table by a tab. */
  readonly text: string;
  /** Null where the format has none, or the writer did not count them. */
  readonly pages: number | null;
  /** ISO 639-1; null when the text is too short to tell. */
  readonly language: string | null;
  /** `title`, `author` and `created`, as far as they are there. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The text goes on after the limit. */
  readonly truncated: boolean;
}

/** Reads a file right here, with nothing around it: a hostile one takes the thread along. */
export async function read(bytes: Buffer, format: Format, limits: ExtractionLimits): Promise<ExtractedText> {
  const reading = await readFormat(bytes, format, limits).catch((error) => {
    throw asExtractionError(error);
  });
  const text = cleanText(reading.text);
  if (!hasText(text)) {
    throw new ExtractionError(
      'no_text',
      'It holds no text: it is blank, or a scan without text recognition.',
    );
  }
  return {
    text,
    pages: reading.pages,
    language: languageOf(text),
    metadata: cleanMetadata(reading.metadata),
    truncated: reading.truncated,
  };
}

/** A reader is loaded with the first file of its kind: most threads never see all of them. */
async function readFormat(bytes: Buffer, format: Format, limits: ExtractionLimits): Promise<Reading> {
  switch (format) {
    case 'pdf':
      return (await import('./pdf')).readPdf(bytes, limits);
    case 'docx':
      return (await import('./docx')).readDocx(bytes, limits);
    case 'pptx':
      return (await import('./pptx')).readPptx(bytes, limits);
    case 'doc':
      return (await import('./doc')).readDoc(bytes, limits);
    case 'txt':
      return (await import('./plain-text')).readPlainText(bytes, limits);
    case 'md':
      return (await import('./plain-text')).readMarkdown(bytes, limits);
  }
}

/** Whatever a library says about a file that it cannot read, the file is at fault: another try ends alike. */
function asExtractionError(error: unknown): ExtractionError {
  if (error instanceof ExtractionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /call stack/i.test(message)) {
    return new ExtractionError('unsafe_content', 'It nests deeper than any reader follows.');
  }
  if (error instanceof RangeError && /allocation|array length|string length/i.test(message)) {
    return new ExtractionError('out_of_memory', message);
  }
  return new ExtractionError('corrupt', `It is damaged: ${message}`);
}

function cleanMetadata(metadata: Reading['metadata']): Record<string, string> {
  const cleaned: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    const text = cleanText(value?.slice(0, 500) ?? '')
      .replace(/\s+/g, ' ')
      .trim();
    if (text) cleaned[name] = text;
  }
  return cleaned;
}
