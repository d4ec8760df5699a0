import { environments } from '../../lib/config/environments';
import { stackNames, templatesOf } from '../support/assembly';

/** Hashes of assets, which change with every line of code and say nothing about infrastructure. */
const normalised = (template: unknown) =>
  JSON.parse(
    JSON.stringify(template)
      .replace(/[0-9a-f]{64}/g, '<hash>')
      .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1<hash>'),
  );

describe.each(Object.keys(environments))('%s', (environment) => {
  const variant = `${environment}-platform`;
  test('has the stacks of its snapshot', () => {
    expect(stackNames(variant)).toMatchSnapshot();
  });
  test('is what was reviewed, stack by stack', () => {
    for (const [stack, template] of Object.entries(templatesOf(variant))) {
      expect(normalised(template)).toMatchSnapshot(stack);
    }
  });
});
