import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');

/** Builds and synthesizes in a checkout of its own and answers every template and asset by its content. */
function filesMadeIn(checkout: string): Record<string, string> {
  for (const name of [
    'bin',
    'lib',
    'lambdas',
    'scripts',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(path.join(root, name), path.join(checkout, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'));
  execFileSync(
    path.join(root, 'node_modules/.bin/cdk'),
    ['synth', '--quiet', '-c', 'env=prod', '--output', 'cdk.out'],
    {
      cwd: checkout,
      env: { ...process.env, CDK_VALIDATION: 'false', AWS_EC2_METADATA_DISABLED: 'true' },
      stdio: 'pipe',
    },
  );
  const made: Record<string, string> = {};
  for (const folder of ['cdk.out', 'dist/lambdas']) {
    for (const file of readdirSync(path.join(checkout, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(template\.json|assets\.json|c?js|sql|node|so[.\d]*)$|node_modules.*\.json$/.test(file))
        continue;
      const content = readFileSync(path.join(checkout, folder, file));
      made[path.join(folder, file)] = createHash('sha256').update(content).digest('hex');
    }
  }
  return made;
}

test('templates and assets are byte-identical whatever the directory of the checkout', () => {
  const parent = mkdtempSync(path.join(tmpdir(), 'reproducible-'));
  try {
    const [short, long] = ['a', path.join('a much longer', 'and nested', 'path')].map((name) => {
      const checkout = path.join(parent, 'in', name);
      mkdirSync(checkout, { recursive: true });
      return filesMadeIn(checkout);
    });
    expect(Object.keys(short ?? {}).filter((file) => file.endsWith('.template.json')).length).toBeGreaterThan(
      6,
    );
    expect(long).toEqual(short);
  } finally {
    rmSync(parent, { recursive: true });
  }
});
