import path from 'node:path';
import type { PackageFile } from './package-file';
import { parseXml } from './xml';

export interface Relationship {
  /** The last word of its type: `header`, `slide`, `notesSlide`. */
  readonly kind: string;
  /** Name of the part inside the package. */
  readonly target: string;
}

/** What a part refers to inside the package, by id. `''` is the package itself. */
export async function relationshipsOf(file: PackageFile, part: string): Promise<Map<string, Relationship>> {
  const folder = path.posix.dirname(part);
  const name = path.posix.join(part === '' ? '' : folder, '_rels', `${path.posix.basename(part)}.rels`);
  const found = new Map<string, Relationship>();
  if (!file.has(name)) return found;
  await parseXml(file.read(name), {
    open(element, attributes) {
      const { Id, Type, Target, TargetMode } = attributes;
      if (element !== 'Relationship' || !Id || !Type || !Target || TargetMode === 'External') return;
      const target = Target.startsWith('/') ? Target.slice(1) : path.posix.join(folder, Target);
      found.set(Id, { kind: Type.slice(Type.lastIndexOf('/') + 1), target });
    },
  });
  return found;
}
