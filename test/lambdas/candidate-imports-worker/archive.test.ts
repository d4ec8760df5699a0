import { randomBytes } from 'node:crypto';
import { Archive, type EntryFault } from '../../../lambdas/candidate-imports-worker/archive';
import { ReadFailure } from '../../../lambdas/candidate-imports-worker/blocks';
import { candidateIdOf } from '../../../lambdas/candidate-imports-worker/candidate-id';
import { shownPath } from '../../../lambdas/candidate-imports-worker/entry-name';
import { identifyResume } from '../../../lambdas/candidate-imports-worker/resume-file';
import type { Content } from '../../../lambdas/shared/object-store';
import { contentOf } from '../../support/extraction';
import { minimalDoc, minimalDocx, minimalPdf, minimalPptx } from '../../support/office-file';
import { type RawEntry, rawZip } from '../../support/raw-zip';

const limits = { maxEntries: 10, maxBytes: 100_000 };

const open = (entries: readonly RawEntry[], own = limits) => Archive.open(contentOf(rawZip(entries)), own);

async function readOnly(entry: RawEntry, own = limits): Promise<Buffer | EntryFault> {
  const archive = await open([entry], own);
  return archive.read(archive.entries[0] as (typeof archive.entries)[number]);
}

const faultOf = (content: Buffer | Content, own = limits) =>
  Archive.open(Buffer.isBuffer(content) ? contentOf(content) : content, own).then(
    () => undefined,
    (error) => error.code,
  );

describe('a file of an archive', () => {
  it.each([0, 8])('comes out as it went in, by method %i', async (method) => {
    const data = randomBytes(50_000);
    expect(await readOnly({ name: 'a', data, method })).toEqual(data);
  });

  const deflatedZeros = (bytes: number): RawEntry => ({ name: 'a', data: Buffer.alloc(bytes) });

  const faults: Record<string, readonly [EntryFault, RawEntry]> = {
    'an encrypted one': ['encrypted', { name: 'a', data: 'x', flags: 1 }],
    'one by a method nobody uses': ['unsupported', { name: 'a', data: 'x', method: 12 }],
    'one that says it is too large': ['too_large', { name: 'a', data: Buffer.alloc(100_001) }],
    'one that is too large and says it is not': [
      'too_large',
      { name: 'a', data: randomBytes(100_001), announcedBytes: 5 },
    ],
    'one that is larger than it says': ['corrupt', { name: 'a', data: 'hello', announcedBytes: 3 }],
    'one that is smaller than it says': ['corrupt', { name: 'a', data: 'hello', announcedBytes: 9 }],
    'one with another checksum': ['corrupt', { name: 'a', data: 'hello', checksum: 1 }],
    'one whose data is no deflated data': ['corrupt', { name: 'a', data: 'hello', packed: randomBytes(40) }],
    'one whose data is cut off': ['corrupt', { name: 'a', data: 'hello', packed: Buffer.from([0x4b]) }],
    'an empty one': ['empty', { name: 'a' }],
    'one above its folder': ['unsafe_path', { name: '../a', data: 'x' }],
    'one above its folder, for Windows': ['unsafe_path', { name: 'b\\..\\..\\a', data: 'x' }],
    'one at the root': ['unsafe_path', { name: '/etc/passwd', data: 'x' }],
    'one on a drive': ['unsafe_path', { name: 'C:\\a.pdf', data: 'x' }],
    'one with a NUL in its name': ['unsafe_path', { name: 'a\0.pdf', data: 'x' }],
    'one without a name': ['unsafe_path', { name: '', data: 'x' }],
  };

  it.each(Object.entries(faults))('is not there: %s', async (_, [fault, entry]) => {
    expect(await readOnly(entry)).toBe(fault);
  });

  it('may not be a bomb', async () => {
    const large = { maxEntries: 10, maxBytes: 50_000_000 };
    expect(await readOnly(deflatedZeros(20_000_000), large)).toBe('expands_too_much');
    expect(await readOnly(deflatedZeros(1_000_000), large)).toHaveLength(1_000_000);
  });

  it('does not keep the others from being read', async () => {
    const archive = await open([
      { name: 'broken', data: 'x', checksum: 1 },
      { name: 'whole', data: 'whole' },
    ]);
    const files = [];
    for (const entry of archive.entries) files.push(await archive.read(entry));
    expect(files).toEqual(['corrupt', Buffer.from('whole')]);
  });
});

describe('an archive', () => {
  it('skips folders and what systems leave in them, and does not count them', async () => {
    const litter = ['a/', '__MACOSX/a/._b.pdf', 'a/.DS_Store', 'a/._b.pdf', 'a/Thumbs.db', 'desktop.ini'];
    const archive = await open(
      [...litter, 'a/b.pdf'].map((name) => ({ name, data: 'x' })),
      {
        ...limits,
        maxEntries: 2,
      },
    );
    expect(archive.entries.filter((entry) => !entry.litter).map(({ name }) => name)).toEqual(['a/b.pdf']);
  });

  it('has so many files and no more', async () => {
    const files = (count: number) =>
      rawZip(Array.from({ length: count }, (_, n) => ({ name: `${n}`, data: 'x' })));
    expect(await faultOf(files(10))).toBeUndefined();
    expect(await faultOf(files(11))).toBe('too_many_entries');
  });

  it('has not thousands of folders either', async () => {
    const folders = Array.from({ length: 41 }, (_, n) => ({ name: `${n}/` }));
    expect(await faultOf(rawZip(folders))).toBe('too_many_entries');
  });

  it('has a file', async () => {
    expect(await faultOf(rawZip([{ name: 'folder/' }]))).toBe('empty');
    expect(await faultOf(rawZip([]))).toBe('empty');
  });

  it('is a whole ZIP', async () => {
    const whole = rawZip([{ name: 'a', data: randomBytes(1000) }]);
    expect(await faultOf(whole.subarray(0, -1))).toBe('corrupt');
    expect(await faultOf(whole.subarray(500))).toBe('corrupt');
    expect(await faultOf(randomBytes(5000))).toBe('corrupt');
    expect(await faultOf(Buffer.alloc(0))).toBe('corrupt');
  });

  it('has no entries that share their data', async () => {
    const data = randomBytes(2000);
    const entries = Array.from({ length: 8 }, (_, n) => ({ name: `${n}`, data, sharesFirst: n > 0 }));
    expect(await faultOf(rawZip(entries))).toBe('corrupt');
  });

  it('may be tried again when the bucket did not answer', async () => {
    const content = { size: 100, read: () => Promise.reject(new Error('503')) };
    await expect(Archive.open(content, limits)).rejects.toThrow(ReadFailure);
    const zip = rawZip([
      { name: 'a', data: randomBytes(5 * 1024 * 1024), method: 0 },
      { name: 'b', data: 'b' },
    ]);
    let down = false;
    const archive = await Archive.open(
      {
        size: zip.length,
        read: async (start, length) => {
          if (down) throw new Error('503');
          return zip.subarray(start, start + length);
        },
      },
      { maxEntries: 2, maxBytes: 10_000_000 },
    );
    down = true;
    await expect(archive.read(archive.entries[0] as never)).rejects.toThrow(ReadFailure);
  });

  it('is read by few requests', async () => {
    const entries = Array.from({ length: 100 }, (_, n) => ({ name: `${n}`, data: randomBytes(90_000) }));
    const content = contentOf(rawZip(entries));
    const archive = await Archive.open(content, { maxEntries: 100, maxBytes: 100_000 });
    for (const entry of archive.entries) expect(await archive.read(entry)).toHaveLength(90_000);
    // 9 MB in blocks of 4 MiB, and its end.
    expect(content.reads).toBeLessThanOrEqual(6);
  });

  it('stops when it is told to', async () => {
    const archive = await open([{ name: 'a', data: randomBytes(50_000) }]);
    await expect(
      archive.read(archive.entries[0] as never, AbortSignal.abort(new Error('time'))),
    ).rejects.toThrow();
  });
});

describe('names', () => {
  const nameOf = async (entry: RawEntry) => (await open([{ data: 'x', ...entry }])).entries[0]?.name;

  it('are UTF-8 where the archive says so, or where they are', async () => {
    expect(await nameOf({ name: 'Lebenslauf Jürgen.pdf', flags: 0x800 })).toBe('Lebenslauf Jürgen.pdf');
    expect(await nameOf({ name: 'Lebenslauf Jürgen.pdf' })).toBe('Lebenslauf Jürgen.pdf');
  });

  it('are CP437 otherwise', async () => {
    const name = Buffer.concat([Buffer.from('J'), Buffer.from([0x81]), Buffer.from('rgen.pdf')]);
    expect(await nameOf({ name })).toBe('Jürgen.pdf');
  });

  it('are shown in one line, without tricks', () => {
    expect(shownPath('a\\b\ncv\u202efdp.exe\0')).toBe('a/b\ufffdcv\ufffdfdp.exe\ufffd');
    expect(shownPath('x'.repeat(5000))).toHaveLength(500);
    expect(shownPath('')).toBe('\ufffd');
  });
});

describe('what a file is', () => {
  const formatOf = async (bytes: Buffer, name: string) => {
    const found = await identifyResume(bytes, name);
    return typeof found === 'string' ? found : found.format;
  };

  it.each([
    ['pdf', minimalPdf(), 'a.exe'],
    ['docx', minimalDocx(), 'a.zip'],
    ['doc', minimalDoc(), 'a'],
    ['txt', Buffer.from('Jane Example'), 'a.TXT'],
    ['txt', Buffer.from('Jane Example'), 'folder.pdf/resume'],
    ['unsupported', minimalPptx(), 'a.docx'],
    ['unsupported', minimalDoc('Workbook'), 'a.doc'],
    ['unsupported', Buffer.from('MZ program'), 'a.pdf'],
    ['unsupported', Buffer.from('print(1)'), 'a.py'],
    ['unsupported', Buffer.from([0xff, 0, 1]), 'a.txt'],
    ['unsupported', rawZip([{ name: 'a.pdf', data: minimalPdf() }]), 'more.zip'],
    ['corrupt', minimalPdf().subarray(0, -20), 'a.pdf'],
    ['corrupt', minimalDocx().subarray(0, -20), 'a.docx'],
    ['corrupt', minimalDoc().subarray(0, -20), 'a.doc'],
  ] as const)('%s, by its content: %#', async (expected, bytes, name) => {
    expect(await formatOf(bytes, name)).toBe(expected);
  });
});

it('an entry becomes the same candidate whenever it is tried, and no other', () => {
  const one = '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d10';
  const other = '0198f3a2-6f3b-7c1d-9a54-3c1f0e2b7d11';
  expect(candidateIdOf(one, 7)).toBe(candidateIdOf(one, 7));
  expect(candidateIdOf(one, 7)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const ids = [one, other].flatMap((id) => Array.from({ length: 500 }, (_, n) => candidateIdOf(id, n)));
  expect(new Set(ids).size).toBe(1000);
  // RFC 9562, appendix A.4: the namespace of domain names.
  expect(candidateIdOf('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com' as never)).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  );
});
