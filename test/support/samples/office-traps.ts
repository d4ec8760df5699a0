import { body, p, rawDocx } from './office-parts';

/** Ten entities, each ten times the one before: 3 GB of laughter. */
export const laughs = (): string => {
  const entities = Array.from({ length: 10 }, (_, level) =>
    level === 0 ? '<!ENTITY lol0 "lol">' : `<!ENTITY lol${level} "${`&lol${level - 1};`.repeat(10)}">`,
  );
  return `<?xml version="1.0"?><!DOCTYPE lolz [${entities.join('')}]>${body(p('&lol9;')).replace(/^<\?xml.*?\?>/, '')}`;
};

/** A file of the machine, asked for by name. */
export const foreignEntity = (): string =>
  `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY file SYSTEM "file:///etc/passwd">]>${body(p('&file;')).replace(/^<\?xml.*?\?>/, '')}`;

export const deepXml = (): string =>
  body(`${'<w:sdt>'.repeat(100_000)}${p('deep')}${'</w:sdt>'.repeat(100_000)}`);

/** More than 100 MB of one paragraph after the other, in some hundred KB. */
export const longXml = (): Buffer => Buffer.from(body(p('again and again').repeat(2_500_000)));

/** The same bytes, a thousand times over. */
export const sharedBytes = (): Buffer =>
  rawDocx(
    body(p('x')),
    Array.from({ length: 1000 }, (_, index) => ({
      name: `word/part${index}.xml`,
      data: '',
      sharesFirst: true,
    })),
  );

export const manyParts = (): Buffer =>
  rawDocx(
    body(p('x')),
    Array.from({ length: 12_000 }, (_, index) => ({ name: `word/media/${index}`, data: '' })),
  );
