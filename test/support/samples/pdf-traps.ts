import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { lines, onePage, rawPdf, stream } from './raw-pdf';

/** A valid tree of that many pages which all show the same. */
export const manyPages = (count: number): Buffer =>
  rawPdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${Array.from({ length: count }, (_, index) => `${index + 5} 0 R`).join(' ')}] /Count ${count} >>`,
    stream(lines('One of very many pages')),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...Array.from(
      { length: count },
      () =>
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
    ),
  ]);

/** Deflated blanks repeat themselves: a hundred megabytes are packed once, and written ten times. */
function packedGigabyte(start: Buffer = Buffer.alloc(0)): Buffer {
  const block = deflateRawSync(Buffer.alloc(100 * 1024 ** 2, ' '), { finishFlush: constants.Z_FULL_FLUSH });
  const blocks = Array.from({ length: 10 }, () => block);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), start, ...blocks, deflateRawSync(Buffer.alloc(0))]);
}

/** A file of some KB whose content unpacks to a gigabyte of blanks. */
export const flateBomb = (): Buffer =>
  onePage(stream(deflateSync(packedGigabyte()), '/Filter [/FlateDecode /FlateDecode]'));

/**
 * The same behind a repetition of bytes that were never there. zlib refuses it at once, and pdf.js unpacks it by
 * code of its own, which counts nothing.
 */
export const lenientFlateBomb = (): Buffer => {
  const bits = '010' + '01010000' + '0000001' + '00100' + '0' + '0000000' + '000' + '000000';
  const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt([...byte].reverse().join(''), 2)) ?? [];
  return onePage(stream(packedGigabyte(Buffer.from([...bytes, 0, 0, 0xff, 0xff])), '/Filter /FlateDecode'));
};

/** Each drawing shows the next one ten times: ten to the twelfth lines. */
export const drawingBomb = (): Buffer => {
  const depth = 12;
  const forms = Array.from({ length: depth }, (_, level) =>
    level === depth - 1
      ? stream(
          lines('ha'),
          '/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >>',
        )
      : stream(
          '/X Do '.repeat(10),
          `/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X ${level + 7} 0 R >> >>`,
        ),
  );
  return onePage(stream('/X Do '.repeat(10)), '/XObject << /X 6 0 R >>', forms);
};

/** A drawing that shows itself. */
export const endlessDrawing = (): Buffer =>
  onePage(stream(`${lines('Once is enough')} /X Do`), '/XObject << /X 6 0 R >>', [
    stream('/X Do', '/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>'),
  ]);

/** A tree of pages whose branch is its own root. */
export const endlessTree = (): Buffer =>
  rawPdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 8 >>']);

/** Arrays within arrays where the resources should be. */
export const deepArrays = (): Buffer =>
  onePage(
    stream(`${'['.repeat(200_000)}${']'.repeat(200_000)} TJ`),
    `/Deep ${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  );

/** Declares more pages than it has. */
export const lyingCount = (): Buffer =>
  rawPdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 400 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    stream(lines('The only page there is')),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]);
