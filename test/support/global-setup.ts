import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { assemblyVariable, cacheDirectory, failureFile } from './assembly';

const root = path.resolve(__dirname, '../..');

/** What the assemblies follow from. A change to anything else finds them ready. */
const inputs = [
  'bin',
  'lib',
  'lambdas',
  'scripts/build.ts',
  'scripts/platform-packages.ts',
  'scripts/tar.ts',
  'test/support/global-setup.ts',
  'test/support/synthesize.ts',
  'test/support/variants.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
];

/** Builds the bundles and synthesizes every variant once, for all test files. */
export default async function globalSetup(): Promise<void> {
  // For the workers too. One test file validates all templates at once; anywhere else it costs seconds per app.
  process.env.CDK_VALIDATION = 'false';
  const directory = path.join(cacheDirectory, fingerprint());
  process.env[assemblyVariable] = directory;
  if (existsSync(directory) && !existsSync(path.join(directory, failureFile))) {
    utimesSync(directory, new Date(), new Date());
    return;
  }

  // Beside its final place and renamed, so that a second run never sees half of it.
  const workshop = `${directory}.${process.pid}`;
  mkdirSync(workshop, { recursive: true });
  try {
    await synthesizeAll(workshop);
  } catch (error) {
    // Tests that need no template still run; the others fail with this text.
    writeFileSync(path.join(workshop, failureFile), String(error instanceof Error ? error.stack : error));
  }
  forgetOld();
  // A failure is tried again by every run: its cause may have been the machine and not the source.
  if (existsSync(path.join(directory, failureFile))) rmSync(directory, { recursive: true });
  if (existsSync(directory)) rmSync(workshop, { recursive: true });
  else renameSync(workshop, directory);
}

async function synthesizeAll(directory: string): Promise<void> {
  const { build } = await import('../../scripts/build');
  const { allVariants } = await import('./variants');
  await build({ quiet: true, outdir: directory });
  // Dealt out in turn, because the heavily audited ones stand side by side.
  const names = allVariants().map(({ name }) => name);
  const processes = Math.min(availableParallelism(), 4);
  const hands = Array.from({ length: processes }, (_, hand) =>
    names.filter((_name, index) => index % processes === hand),
  );
  await Promise.all(
    hands.map((hand) =>
      promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', path.join(__dirname, 'synthesize.ts'), directory, ...hand],
        { cwd: root, maxBuffer: 64 * 1024 ** 2 },
      ),
    ),
  );
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const add = (file: string) => {
    const absolute = path.join(root, file);
    if (!existsSync(absolute)) return;
    if (statSync(absolute).isDirectory()) {
      for (const entry of readdirSync(absolute).sort()) add(path.join(file, entry));
    } else hash.update(file).update('\0').update(readFileSync(absolute)).update('\0');
  };
  for (const input of inputs) add(input);
  return hash.digest('hex').slice(0, 16);
}

/** Assemblies of states of the source that nobody has tested for a while; each takes about 30 MB. */
function forgetOld(): void {
  // Directories only: the prepared databases beside them are files.
  const byAge = readdirSync(cacheDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(cacheDirectory, name))
    .map((directory) => ({ directory, used: statSync(directory).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { directory, used } of byAge.slice(3)) {
    // A run that is under way may still read a recent one.
    if (Date.now() - used > 15 * 60_000) rmSync(directory, { recursive: true, force: true });
  }
}
