/** Copies of a synthesized assembly with something changed in its templates. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assemblyDirectory, readJson } from './assembly';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and tests change everything in it
type Json = any;

export class ChangedAssemblies {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'landfall-changed-'));
  private count = 0;

  constructor(private readonly variant: string) {}

  /** @param change of the resources of a stack, for example `api`; answers the folder of the copy */
  template(stack: string, change: (resources: Record<string, Json>) => void): string {
    return this.file(`${stack}.template.json`, ({ Resources }) => change(Resources));
  }

  /** @param name without `landfall-<environment>-` */
  file(name: string, change: (content: Json) => void): string {
    const copy = this.copy();
    const file = path.join(copy, `landfall-${this.variant.split('-')[0]}-${name}`);
    const content = readJson<Json>(file);
    const before = JSON.stringify(content);
    change(content);
    if (JSON.stringify(content) === before) throw new Error(`The change of ${name} changed nothing.`);
    writeFileSync(file, JSON.stringify(content));
    return copy;
  }

  /** As if the environment had another name: in the names of stacks, exports and files, and in tags. */
  renamed(environment: string): string {
    const copy = this.copy();
    const old = this.variant.split('-')[0] ?? '';
    for (const file of jsonFiles(copy)) {
      const text = readFileSync(path.join(copy, file), 'utf8');
      const renamed = text
        .replaceAll(`landfall-${old}`, `landfall-${environment}`)
        .replaceAll(`"environment": "${old}"`, `"environment": "${environment}"`)
        .replaceAll(
          `"Key": "environment",\n      "Value": "${old}"`,
          `"Key": "environment",\n      "Value": "${environment}"`,
        );
      writeFileSync(path.join(copy, file), renamed);
      renameSync(
        path.join(copy, file),
        path.join(copy, file.replace(`landfall-${old}`, `landfall-${environment}`)),
      );
    }
    return copy;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Without assets, which no report reads. */
  private copy(): string {
    const from = assemblyDirectory(this.variant);
    const to = path.join(this.folder, String(this.count++));
    cpSync(from, to, {
      recursive: true,
      filter: (source) =>
        source === from || (!path.basename(source).startsWith('asset.') && statSync(source).isFile()),
    });
    return to;
  }
}

const jsonFiles = (folder: string): string[] => readdirSync(folder).filter((file) => file.endsWith('.json'));
