/** Size and import time of every function bundle, each in a fresh process, against an empty handler. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { build } from '../../scripts/build';
import { functionEnvironment } from '../support/function-environment';
import { inTurn, median, round, type Topic } from './measure';

const root = path.resolve(__dirname, '../..');

/** Milliseconds that `require` of a bundle takes in a process of its own. */
function importMilliseconds(file: string): number {
  const script = `const t = process.hrtime.bigint(); require(${JSON.stringify(file)}); process.stdout.write(String(Number(process.hrtime.bigint() - t) / 1e6)); process.exit(0)`;
  return Number(
    execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: functionEnvironment }),
  );
}

export const bundles: Topic = {
  name: 'bundles',
  async run(runs) {
    await build({ quiet: true });
    const directory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-bundles-'));
    try {
      const empty = path.join(directory, 'empty.js');
      writeFileSync(empty, 'exports.handler = async () => ({ statusCode: 200 });\n');
      // What a function imports when nobody looks: everything at the top, named zod, CommonJS entry points.
      const usual = path.join(directory, 'usual.js');
      await esbuild({
        stdin: {
          contents: `import { S3Client } from '@aws-sdk/client-s3'; import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
            import { Logger } from '@aws-lambda-powertools/logger'; import { Client } from 'pg'; import { z } from 'zod';
            export const handler = async () => [S3Client, getSignedUrl, Logger, Client, z];`,
          resolveDir: root,
        },
        bundle: true,
        minify: true,
        platform: 'node',
        target: 'node20',
        outfile: usual,
        logLevel: 'silent',
      });
      const functions = path.join(root, 'dist/lambdas');
      const files: Record<string, string> = { 'empty handler': empty, 'usual imports, bundled': usual };
      for (const name of readdirSync(functions)) {
        const file = path.join(functions, name, 'index.js');
        if (statSync(file, { throwIfNoEntry: false })) files[name] = file;
      }
      const samples = await inTurn(
        Math.max(runs, 15),
        Object.fromEntries(
          Object.entries(files).map(([name, file]) => [name, () => importMilliseconds(file)]),
        ),
      );
      const reference = median(samples['empty handler'] ?? []);
      return {
        topic: 'bundles',
        reference: 'an empty handler in the same run; the usual imports beside it',
        goal: '<= 700 KB and <= 90 ms import with the SDK; <= 45 ms without',
        rows: Object.entries(files).map(([what, file]) => ({
          what,
          figures: {
            KB: round(statSync(file).size / 1000, 0),
            'import ms': round(median(samples[what] ?? []), 1),
            'minus empty': round(median(samples[what] ?? []) - reference, 1),
          },
        })),
      };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
