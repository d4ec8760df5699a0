import type { Extractor } from '../../../lambdas/extraction/extraction';
import { checkSample } from '../../support/check-sample';
import { testExtractor } from '../../support/extraction';
import { pdfSamples } from '../../support/samples/pdf';

let extractor: Extractor;
beforeAll(async () => {
  extractor = await testExtractor();
});
afterAll(() => extractor.close());

it('has at least twenty samples', () => {
  expect(pdfSamples.length).toBeGreaterThanOrEqual(20);
});

test.each(pdfSamples.map((sample) => [sample.name, sample] as const))('PDF: %s', async (_name, sample) => {
  await checkSample(extractor, sample);
});
