import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), 'landfall-bin-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

/** Runs the built app as the CDK CLI does: context and output folder by environment variable. */
function run(context: Record<string, string>) {
  return spawnSync(
    process.execPath,
    [path.join(process.env.LANDFALL_TEST_ASSEMBLIES as string, 'app/landfall.js')],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_PATH: path.join(root, 'node_modules'),
        CDK_VALIDATION: 'false',
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify(context),
      },
    },
  );
}

test('an unknown environment is one readable error, and leaves no assembly to deploy', () => {
  const { status, stderr } = run({ env: 'prd', blueprint: 'platform' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/Did you mean prod/);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(path.join(outdir, 'manifest.json'))).toBe(false);
  expect(readdirSync(outdir).filter((file) => file.endsWith('.template.json'))).toEqual([]);
});
