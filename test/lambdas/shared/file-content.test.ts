import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { contentFault } from '../../../lambdas/shared/file-content';
import type { Format } from '../../../lambdas/shared/file-formats';
import type { Content } from '../../../lambdas/shared/object-store';
import { minimalDoc, minimalDocx, minimalPdf, minimalPptx, zipOf } from '../../support/office-file';

const fixture = (name: string) => readFile(path.resolve(__dirname, '../../fixtures', name));

const contentOf = (bytes: Buffer): Content => ({
  size: bytes.length,
  read: async (start, length) => bytes.subarray(start, start + length),
});

const faultOf = (bytes: Buffer | string, format: Format) =>
  contentFault(contentOf(Buffer.from(bytes as Buffer)), format);

const windowsProgram = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(2000)]);
const good: Record<Format, Buffer> = {
  pdf: minimalPdf(),
  docx: minimalDocx(),
  pptx: minimalPptx(),
  doc: minimalDoc(),
  txt: Buffer.from('Grüße, 你好\n'),
  md: Buffer.from('# Grüße\n\n- 你好\n'),
};
const formats = Object.keys(good) as Format[];
const isText = (format: Format) => format === 'txt' || format === 'md';

describe.each(formats)('%s', (format) => {
  it('is accepted when it is one', async () => {
    expect(await faultOf(good[format], format)).toBeUndefined();
  });

  it('is refused when it is a renamed program', async () => {
    expect(await faultOf(windowsProgram, format)).toBeDefined();
  });

  it('is refused when it is any other format', async () => {
    for (const other of formats.filter((name) => name !== format)) {
      // Every byte sequence without NUL that is UTF-8 is a text, a small PDF too.
      if (isText(format) && (isText(other) || other === 'pdf')) continue;
      expect([other, await faultOf(good[other], format)]).not.toEqual([other, undefined]);
    }
  });
});

describe.each(['pdf', 'docx', 'pptx', 'doc'] as const)('a truncated %s', (format) => {
  it('is refused wherever it was cut', async () => {
    const whole = good[format];
    // The line end after a PDF's last marker is no part of it.
    for (let length = 0; length < whole.length - 2; length += 7) {
      expect([length, await faultOf(whole.subarray(0, length), format)]).not.toEqual([length, undefined]);
    }
  });
});

describe('real files', () => {
  it('are accepted', async () => {
    expect(await faultOf(await fixture('resume.pdf'), 'pdf')).toBeUndefined();
    expect(await faultOf(await fixture('cover-letter.docx'), 'docx')).toBeUndefined();
  });

  it('are refused without their second half', async () => {
    const pdf = await fixture('resume.pdf');
    const docx = await fixture('cover-letter.docx');
    expect(await faultOf(pdf.subarray(0, pdf.length / 2), 'pdf')).toMatch('incomplete');
    expect(await faultOf(docx.subarray(0, docx.length / 2), 'docx')).toMatch('incomplete');
  });

  it('are refused when they are a program under another name', async () => {
    for (const format of formats) expect(await faultOf(await fixture('program.exe'), format)).toBeDefined();
  });
});

describe('a DOCX', () => {
  const parts = { '[Content_Types].xml': '<Types/>', 'word/document.xml': '<document/>' };

  it('is refused when it is a plain ZIP', async () => {
    expect(await faultOf(zipOf({ 'readme.txt': 'hi' }), 'docx')).toBe('it is another kind of ZIP file');
  });

  it('is refused with macros', async () => {
    expect(await faultOf(zipOf({ ...parts, 'word/vbaProject.bin': 'x' }), 'docx')).toBe('it holds macros');
  });

  it('is refused when a part would be unpacked elsewhere', async () => {
    expect(await faultOf(zipOf({ ...parts, 'word/../../evil.xml': 'x' }), 'docx')).toBe(
      'it names parts outside itself',
    );
  });

  it('is refused when its parts claim to unpack to gigabytes', async () => {
    const bomb = zipOf(parts);
    for (let at = bomb.indexOf('PK\u0001\u0002'); at >= 0; at = bomb.indexOf('PK\u0001\u0002', at + 1)) {
      bomb.writeUInt32LE(0x7fffffff, at + 24);
    }
    expect(await faultOf(bomb, 'docx')).toBe('it unpacks to too much');
  });

  it('is refused when something was appended or put in front', async () => {
    expect(await faultOf(Buffer.concat([good.docx, windowsProgram]), 'docx')).toBeDefined();
    expect(await faultOf(Buffer.concat([windowsProgram, good.docx]), 'docx')).toBeDefined();
  });

  it('is refused when its directory points past the parts', async () => {
    const damaged = zipOf(parts);
    damaged.writeUInt32LE(9_999, damaged.indexOf('PK\u0001\u0002') + 42);
    expect(await faultOf(damaged, 'docx')).toBe('its directory is damaged');
  });
});

it('finds NUL and broken UTF-8 anywhere in a long text, also across a chunk border', async () => {
  const long = Buffer.from(`${'a'.repeat(1024 * 1024 - 1)}é${'b'.repeat(1000)}`);
  expect(await faultOf(long, 'txt')).toBeUndefined();
  const nul = Buffer.from(long);
  nul[long.length - 1] = 0;
  expect(await faultOf(nul, 'txt')).toMatch('NUL');
  const broken = Buffer.from(long);
  broken[1024 * 1024] = 0x20;
  expect(await faultOf(broken, 'txt')).toBe('it is not valid UTF-8');
  expect(await faultOf(Buffer.from([0x61, 0xc3]), 'txt')).toBe('it is not valid UTF-8');
});

it('finds the stream of a DOC across a chunk border', async () => {
  const filler = Buffer.alloc(1024 * 1024 - 1024 - 6);
  const document = Buffer.concat([
    minimalDoc('Other').subarray(0, 1024),
    filler,
    Buffer.from('WordDocument', 'utf16le'),
  ]);
  const padded = Buffer.concat([document, Buffer.alloc(512 - (document.length % 512))]);
  expect(await faultOf(padded, 'doc')).toBeUndefined();
});
