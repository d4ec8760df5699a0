import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  /** A workspace: `resolved` is its folder. */
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type Packages = Readonly<Record<string, Locked>>;

const { packages }: { packages: Packages } = JSON.parse(
  readFileSync(path.resolve(__dirname, '..', 'package-lock.json'), 'utf8'),
);

/** Dependencies without an entry where Node would find them: `npm ci` refuses such a file on every machine. */
function missing(all: Packages): string[] {
  const isLocked = (name: string, folder: string): boolean => {
    if (all[`${folder}${folder && '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
    return isLocked(name, folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1)));
  };
  return Object.entries(all).flatMap(([folder, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isLocked(name, folder)),
  );
}

test('every package is locked for every platform, so that npm ci works on all of them', () => {
  expect(missing(packages)).toEqual([]);
});

test('a platform that is left out is found', () => {
  const { 'node_modules/@biomejs/cli-darwin-arm64': _, ...rest } = packages;
  expect(missing(rest)).toEqual(['@biomejs/cli-darwin-arm64']);
});

test('the lockfile names no registry', () => {
  expect(Object.values(packages).filter(({ resolved, link }) => resolved !== undefined && !link)).toEqual([]);
});
