import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..');

/** A line that must not be written in that folder, and the words the linter answers with. */
const forbidden: [folder: string, source: string, message: string][] = [
  ['lib/stacks', "import '../../scripts/build';", 'never back'],
  ['lib/stacks', "import '../../bin/landfall';", 'never back'],
  ['lib/stacks', "import '../../lambdas/documents/handler';", 'contract only'],
  ['lib/stacks', 'export const stage = process.env.STAGE;', 'process.env'],
  ['lib/stacks', "import '../application-storage/src';", 'outside of AWS'],
  ['lib/stacks', "import '@landfall/storage';", 'outside of AWS'],
  ['lib/application-storage/src', "import '../../outputs';", 'published alone'],
  ['lib/application-storage/src', "import '../../../lambdas/shared/contract';", 'published alone'],
  ['lib/application-storage/src', "import 'aws-cdk-lib/aws-s3';", 'published alone'],
  ['lib/application-storage/src', 'export const dir = process.env.UPLOAD_DIR;', 'process.env'],
  ['lambdas/documents', "import '@landfall/storage';", 'deployed alone'],
  ['lambdas/documents', "import '../../lib/outputs';", 'deployed alone'],
  ['lambdas/documents', "import 'aws-cdk-lib/aws-s3';", 'deployed alone'],
  ['lambdas/documents', "import '../health/contract';", 'another domain'],
  ['lambdas/documents', "import 'pg';", 'withUser'],
  ['lambdas/documents', "import { z } from 'zod';\nexport const x = z.string();", '444 KB'],
  ['lambdas/shared', "import '../../lib/outputs';", 'deployed alone'],
  ['scripts', "import '../bin/landfall';", 'never to bin'],
];

const allowed: [folder: string, source: string][] = [
  ['lib/stacks', "import '../../lambdas/documents/contract';"],
  ['lib/stacks', "import '../../lambdas/shared/contract';"],
  ['lib/application-storage/src', "import './disk';\nimport '@aws-sdk/client-s3';"],
  ['lambdas/documents', "import '../shared/http';"],
  ['lambdas/documents', "import '../extraction/extraction';"],
  ['lambdas/shared', "import 'pg';"],
  ['scripts', "import '../lib/build-app';"],
];

/** One linter run over every sample, laid out in a temporary tree under the repository's own rules. */
function lintSamples(): Map<string, string> {
  const tree = mkdtempSync(path.join(tmpdir(), 'import-directions-'));
  try {
    const rules = JSON.parse(readFileSync(path.join(root, 'biome.json'), 'utf8'));
    delete rules.vcs;
    writeFileSync(path.join(tree, 'biome.json'), JSON.stringify(rules));
    const samples = [...forbidden, ...allowed].map(([folder, source], index) => {
      const file = path.join(folder, `sample-${index}.ts`);
      mkdirSync(path.join(tree, folder), { recursive: true });
      writeFileSync(path.join(tree, file), `${source}\n`);
      return file;
    });
    const { stdout } = spawnSync(
      path.join(root, 'node_modules', '.bin', 'biome'),
      ['lint', '--error-on-warnings', '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: tree, encoding: 'utf8' },
    );
    const findings = new Map(samples.map((file) => [file, '']));
    for (const { location, ...rest } of JSON.parse(stdout).diagnostics) {
      const file = location?.path?.file ?? location?.path;
      findings.set(file, `${findings.get(file) ?? ''}${JSON.stringify(rest)}`);
    }
    return findings;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

describe('imports flow bin -> lib -> lambdas/**/contract and scripts -> lib', () => {
  const findings = [...lintSamples().values()];

  test.each(forbidden.map((row, index) => [...row, index] as const))(
    '%s may not say %j',
    (_folder, _source, message, index) => {
      expect(findings[index]).toContain(message);
    },
  );

  test.each(allowed.map((row, index) => [...row, forbidden.length + index] as const))(
    '%s may say %j',
    (_folder, _source, index) => {
      expect(findings[index]).toBe('');
    },
  );

  test('the check that people and CI run treats the linter’s warnings as errors', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(scripts.check).toContain('biome check --error-on-warnings');
  });
});
