import type { Extractor } from '../../lambdas/extraction/extraction';
import { checkSample } from './check-sample';
import { testExtractor } from './extraction';
import type { Sample } from './samples/sample';

/** One test for every sample of a format, all by one extractor as a function has it. */
export function testSamples(samples: readonly Sample[], least = 20): void {
  let extractor: Extractor;
  beforeAll(async () => {
    extractor = await testExtractor();
  });
  afterAll(() => extractor.close());

  it(`has at least ${least} samples`, () => {
    expect(samples.length).toBeGreaterThanOrEqual(least);
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length);
  });

  test.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (_name, sample) => {
    await checkSample(extractor, sample);
  });
}
