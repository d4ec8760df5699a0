/** A photo of 12 megapixels to three sizes and a placeholder, against bare sharp; memory in fresh processes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import sharp from 'sharp';
import { makePhoto } from '../../lambdas/photos-worker/sizes';
import { sizes } from '../../lambdas/shared/photo-sizes';
import { inTurn, median, round, type Topic } from './measure';

const root = path.resolve(__dirname, '../..');

/** What a camera of 12 megapixels sees: gradients, edges and noise. */
async function camera(): Promise<Buffer> {
  const [width, height] = [4000, 3000];
  const data = Buffer.alloc(width * height * 3);
  let seed = 1;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      const noise = (seed >> 16) & 15;
      data[at++] = 120 + 100 * Math.sin(x / 97) + noise;
      data[at++] = 120 + 100 * Math.cos(y / 61) + noise;
      data[at++] = ((((x >> 6) ^ (y >> 6)) & 15) << 4) | noise;
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

const inside = (longest: number) =>
  ({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true }) as const;

/** What one writes without thinking of it: a pipeline for every size, all at once. */
const parallel = (file: Buffer) =>
  Promise.all(
    Object.values(sizes).map((size) => sharp(file).autoOrient().resize(inside(size)).webp().toBuffer()),
  );

/** One pipeline that decodes for all sizes, each a clone of it. */
async function onePipeline(file: Buffer) {
  const pipeline = sharp(file).autoOrient();
  return Promise.all(
    Object.values(sizes).map((size) => pipeline.clone().resize(inside(size)).webp().toBuffer()),
  );
}

const ours = (file: Buffer) => makePhoto(file, { maxPixels: 50_000_000, seconds: 60 });

/** Peak of a process that does nothing but this, in MB. */
async function peak(directory: string, photo: string, call: string): Promise<number> {
  const script = path.join(directory, 'peak.cjs');
  await esbuild({
    stdin: {
      contents: `import { readFileSync } from 'node:fs'; import sharp from 'sharp';
        import { makePhoto } from './lambdas/photos-worker/sizes';
        import { sizes } from './lambdas/shared/photo-sizes';
        const file = readFileSync(process.argv[2]);
        (${call})(file).then(() => console.log(Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? process.resourceUsage().maxRSS) / 1024));`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    external: ['sharp'],
    outfile: script,
    logLevel: 'silent',
  });
  return Number(execFileSync(process.execPath, [script, photo], { encoding: 'utf8' }));
}

export const photos: Topic = {
  name: 'photos',
  async run(runs) {
    // Inside the repository, where the processes find sharp.
    const cache = path.join(root, 'node_modules/.cache/landfall');
    mkdirSync(cache, { recursive: true });
    const directory = mkdtempSync(path.join(cache, 'bench-photos-'));
    try {
      const file = await camera();
      const photo = path.join(directory, 'photo.jpg');
      writeFileSync(photo, file);
      const cpu: Record<string, number[]> = {};
      const timed = (name: string, work: (file: Buffer) => Promise<unknown>) => async () => {
        const [started, before] = [process.hrtime.bigint(), process.cpuUsage()];
        await work(file);
        const { user, system } = process.cpuUsage(before);
        cpu[name] = [...(cpu[name] ?? []), (user + system) / 1000];
        return Number(process.hrtime.bigint() - started) / 1e6;
      };
      const samples = await inTurn(Math.max(runs, 7), {
        parallel: timed('parallel', parallel),
        onePipeline: timed('onePipeline', onePipeline),
        ours: timed('ours', ours),
      });
      const memory = {
        parallel: await peak(
          directory,
          photo,
          `(file) => Promise.all(Object.values(sizes).map((size) => sharp(file).autoOrient().resize({ width: size, height: size, fit: 'inside' }).webp().toBuffer()))`,
        ),
        ours: await peak(directory, photo, '(file) => makePhoto(file, { maxPixels: 5e7, seconds: 60 })'),
      };
      const row = (what: string, name: 'parallel' | 'onePipeline' | 'ours') => ({
        what,
        figures: {
          ms: round(median(samples[name]), 0),
          'cpu ms': round(median(cpu[name] ?? []), 0),
          'of parallel': round(median(samples[name]) / median(samples.parallel)),
          'of one pipeline': round(median(samples[name]) / median(samples.onePipeline)),
          ...(name === 'onePipeline' ? {} : { 'peak MB': round(memory[name], 0) }),
        },
      });
      return {
        topic: 'photos',
        reference:
          'sharp as one writes it: a pipeline for each size at once; one pipeline cloned for each size',
        goal: '<= 0.65 of parallel, <= 1.25 of one pipeline, <= 256 MB',
        rows: [
          row('a pipeline for each size', 'parallel'),
          row('one pipeline, cloned', 'onePipeline'),
          row('the worker', 'ours'),
        ],
      };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
