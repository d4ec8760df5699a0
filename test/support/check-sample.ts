import { ExtractionError, type Extractor } from '../../lambdas/extraction/extraction';
import { contentOf } from './extraction';
import type { Sample } from './samples/sample';

const flat = (text: string) => text.replace(/\s+/g, ' ');

/** Reads a sample and compares everything that it says about itself. */
export async function checkSample(
  extractor: Extractor,
  { make, format, limits, expected }: Sample,
): Promise<void> {
  const reading = extractor.extract(contentOf(await make()), format, limits);
  if ('failure' in expected) {
    const error = await reading.then(
      ({ text }) =>
        new Error(`expected ${expected.failure}, but there was text: ${flat(text).slice(0, 300)}`),
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(ExtractionError);
    expect(error.code).toBe(expected.failure);
    return;
  }
  const found = await reading;
  const text = flat(found.text);
  for (const phrase of expected.phrases) expect(text).toContain(flat(phrase));
  for (const phrase of expected.absent ?? []) expect(text).not.toContain(phrase);
  if (expected.pages !== undefined) expect(found.pages).toBe(expected.pages);
  if (expected.language !== undefined) expect(found.language).toBe(expected.language);
  if (expected.metadata) expect(found.metadata).toEqual(expected.metadata);
  expect(found.truncated).toBe(expected.truncated ?? false);
}
