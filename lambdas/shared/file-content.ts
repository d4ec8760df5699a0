import type { Format } from './file-formats';
import type { Content } from './object-store';
import { openXmlFault } from './open-xml';

const chunkBytes = 1024 * 1024;

/**
 * Says why an object is not a complete file of a format, or nothing if it is. A name or a media type proves
 * nothing: a renamed program, a truncated upload and a ZIP that calls itself a document must all fail here.
 */
export async function contentFault(content: Content, format: Format): Promise<string | undefined> {
  switch (format) {
    case 'pdf':
      return pdfFault(content);
    case 'docx':
      return openXmlFault(content, 'word/');
    case 'pptx':
      return openXmlFault(content, 'ppt/');
    case 'doc':
      return wordBinaryFault(content);
    case 'txt':
    case 'md':
      return textFault(content);
  }
}

async function pdfFault(content: Content): Promise<string | undefined> {
  const head = await content.read(0, 8);
  if (!/^%PDF-\d\.\d/.test(head.toString('latin1'))) return 'it does not start as a PDF';
  // Readers look for the end marker in the last kilobyte; linefeeds and signatures may follow it.
  const tailBytes = Math.min(content.size, 1024);
  const tail = (await content.read(content.size - tailBytes, tailBytes)).toString('latin1');
  return /startxref\s+\d+\s+%%EOF/.test(tail)
    ? undefined
    : 'it does not end as a PDF: the file is incomplete';
}

const compoundFileSignature = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const wordStreamName = Buffer.from('WordDocument', 'utf16le');

/** DOC is a compound file, as are XLS, MSI and others; only Word's has a WordDocument stream. */
async function wordBinaryFault(content: Content): Promise<string | undefined> {
  const head = await content.read(0, 512);
  if (head.length < 512 || !head.subarray(0, 8).equals(compoundFileSignature))
    return 'it does not start as a DOC';
  const sectorBytes = 2 ** head.readUInt16LE(30);
  const directorySector = head.readUInt32LE(48);
  const sectorCount = Math.floor(content.size / sectorBytes) - 1;
  if (sectorBytes !== 512 && sectorBytes !== 4096) return 'its header is damaged';
  if (directorySector >= sectorCount || content.size % sectorBytes !== 0) return 'it ends too early';
  let overlap = Buffer.alloc(0);
  for await (const chunk of chunks(content)) {
    const window = Buffer.concat([overlap, chunk]);
    if (window.includes(wordStreamName)) return undefined;
    overlap = window.subarray(-wordStreamName.length);
  }
  return 'it holds no Word document';
}

async function textFault(content: Content): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks(content)) {
      if (chunk.includes(0)) return 'it holds NUL bytes: it is no text';
      decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
    return undefined;
  } catch {
    return 'it is not valid UTF-8';
  }
}

async function* chunks(content: Content): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.size; start += chunkBytes) yield content.read(start, chunkBytes);
}
