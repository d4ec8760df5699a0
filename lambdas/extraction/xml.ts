import { SaxesParser } from 'saxes';
import { ExtractionError } from './failure';

const maxDepth = 256;

export type Attributes = Readonly<Record<string, string>>;

/** Names come without their prefix: writers choose prefixes freely. */
export interface XmlHandler {
  open?(name: string, attributes: Attributes): void;
  text?(text: string): void;
  close?(name: string): void;
  /** True when nothing more is wanted. */
  done?(): boolean;
}

/** Streams a part through a handler. Refuses DTDs, so that no entity can exist but XML's own five. */
export async function parseXml(chunks: AsyncIterable<Buffer>, handler: XmlHandler): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  parser.on('error', (error) => {
    throw new ExtractionError('corrupt', `A part is no well-formed XML: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new ExtractionError(
      'unsafe_content',
      'A part declares XML entities (a DTD). Office files have none.',
    );
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > maxDepth) {
      throw new ExtractionError('unsafe_content', `A part nests more than ${maxDepth} XML elements.`);
    }
    handler.open?.(localName(name), attributes);
  });
  parser.on('text', (text) => handler.text?.(text));
  parser.on('cdata', (text) => handler.text?.(text));
  parser.on('closetag', ({ name }) => {
    depth--;
    handler.close?.(localName(name));
  });
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const chunk of chunks) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    parser.write(decoder.decode(chunk, { stream: true }));
    if (handler.done?.()) return;
  }
  if (decoder) parser.write(decoder.decode());
  parser.close();
}

function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The attribute of that name whatever its prefix. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  const found = attributes[name];
  if (found !== undefined) return found;
  for (const [key, value] of Object.entries(attributes)) if (localName(key) === name) return value;
  return undefined;
}
