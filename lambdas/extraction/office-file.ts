import { CompoundFile, compoundSignature } from './compound-file';
import { ExtractionError } from './failure';
import { PackageFile } from './package-file';
import { relationshipsOf } from './relationships';
import { parseXml } from './xml';

export interface OfficeFile {
  readonly file: PackageFile;
  readonly mainPart: string;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  /** As the program that wrote it counted. */
  readonly pages: number | null;
}

/** Opens a DOCX or PPTX: the part everything hangs on lies under `folder`. */
export async function openOfficeFile(
  bytes: Buffer,
  folder: 'word/' | 'ppt/',
  maxExpandedBytes: number,
): Promise<OfficeFile> {
  if (bytes.subarray(0, 8).equals(compoundSignature)) throw asCompound(bytes);
  if (bytes.subarray(0, 2).toString('latin1') !== 'PK') {
    throw new ExtractionError('wrong_type', 'It does not start as an Office file.');
  }
  const file = await PackageFile.open(bytes, maxExpandedBytes);
  const roots = [...(await relationshipsOf(file, '')).values()];
  const mainPart = roots.find(({ kind }) => kind === 'officeDocument')?.target;
  if (!mainPart?.startsWith(folder)) {
    throw new ExtractionError('wrong_type', `It is a ZIP with nothing under ${folder}.`);
  }
  const core = roots.find(({ kind }) => kind === 'core-properties')?.target;
  const app = roots.find(({ kind }) => kind === 'extended-properties')?.target;
  const properties = { ...(await elements(file, core)), ...(await elements(file, app)) };
  const pages = Number(properties.Pages);
  return {
    file,
    mainPart,
    metadata: { title: properties.title, author: properties.creator, created: properties.created },
    pages: Number.isInteger(pages) && pages > 0 ? pages : null,
  };
}

/** Office puts an encrypted DOCX into a compound file, the frame of the old formats. */
function asCompound(bytes: Buffer): ExtractionError {
  const encrypted = new CompoundFile(bytes).has('EncryptedPackage');
  return encrypted
    ? new ExtractionError('encrypted', 'It opens with a password only.')
    : new ExtractionError('wrong_type', 'It is a file of Office 97 to 2003.');
}

/** The texts of the elements of a properties part. */
async function elements(file: PackageFile, part: string | undefined): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  if (!part || !file.has(part)) return found;
  let name = '';
  await parseXml(file.read(part), {
    open: (opened) => {
      name = opened;
    },
    text: (text) => {
      if (text.trim()) found[name] = `${found[name] ?? ''}${text}`.slice(0, 1000);
    },
    close: () => {
      name = '';
    },
  });
  return found;
}
