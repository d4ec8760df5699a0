import { type Part, zipFile } from './zip-file';

const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export const relationships = (targets: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${Object.entries(
    targets,
  )
    .map(
      ([target, kind], index) =>
        `<Relationship Id="rId${index + 1}" Type="${type}/${kind}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

export const body = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><w:document ${word}><w:body>${content}</w:body></w:document>`;

export const p = (text: string): string => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`;

/**
 * A DOCX part by part, for what no library would write. `main` replaces or describes the part of the text; `roots`
 * are what the package names beside it.
 */
export const rawDocx = (
  main: string | Buffer | Omit<Part, 'name'>,
  others: readonly Part[] = [],
  roots: Readonly<Record<string, string>> = {},
): Buffer =>
  zipFile([
    { name: '[Content_Types].xml', data: '<Types/>' },
    { name: '_rels/.rels', data: relationships({ 'word/document.xml': 'officeDocument', ...roots }) },
    {
      name: 'word/document.xml',
      ...(typeof main === 'string' || Buffer.isBuffer(main) ? { data: main } : main),
    },
    ...others,
  ]);
