import { rawPdf, stream } from './raw-pdf';

const hex = (text: string): string =>
  [...text].map((character) => (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')).join('');

/**
 * Lines in a font that is not in the file, as Asian word processors write them: `Identity-H` brings its own table
 * of characters, `UniJIS-UCS2-H` is a table that every reader is expected to know.
 */
export function japanesePdf(texts: readonly string[], encoding: 'Identity-H' | 'UniJIS-UCS2-H'): Buffer {
  const characters = [...new Set(texts.join(''))];
  const mapping = characters.map((character) => `<${hex(character)}> <${hex(character)}>`);
  const blocks: string[] = [];
  for (let at = 0; at < mapping.length; at += 100) {
    const block = mapping.slice(at, at + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  const toUnicode = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange
${blocks.join('\n')}
endcmap CMapName currentdict /CMap defineresource pop end end`;
  const content = `BT /F1 12 Tf 16 TL 72 720 Td ${texts.map((text) => `<${hex(text)}> Tj T*`).join(' ')} ET`;
  const own = encoding === 'Identity-H';
  return rawPdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    stream(content),
    `<< /Type /Font /Subtype /Type0 /BaseFont /Mincho /Encoding /${encoding} /DescendantFonts [6 0 R] ${own ? '/ToUnicode 8 0 R' : ''} >>`,
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Mincho /CIDSystemInfo << /Registry (Adobe) /Ordering (${own ? 'Identity' : 'Japan1'}) /Supplement 2 >> /FontDescriptor 7 0 R /DW 1000 >>`,
    '<< /Type /FontDescriptor /FontName /Mincho /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
    stream(toUnicode),
  ]);
}
