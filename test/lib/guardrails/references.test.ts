import path from 'node:path';
import { checkReferenceStrength, crossStackReferences } from '../../../lib/guardrails/references';
import { templatesOf } from '../../support/assembly';
import { expectGolden } from '../../support/golden';
import { allVariants } from '../../support/variants';

/** `api <- database AWS::RDS::DBProxy.Endpoint: weak`, without environment and logical id. */
function listed(variant: string): string[] {
  const short = (stack: string) => stack.replace(/^landfall-[a-z]+-/, '');
  const lines = crossStackReferences(templatesOf(variant)).map(
    ({ consumer, producer, type, attribute, strength }) =>
      `${short(consumer)} <- ${short(producer)} ${type}.${attribute}: ${strength}`,
  );
  return [...new Set(lines)].sort();
}

test.each(allVariants())('$name refers strongly to data and weakly to everything else', ({ name }) => {
  expect(checkReferenceStrength(templatesOf(name))).toEqual([]);
});

test('the list of values that stacks take from each other is the agreed one', () => {
  const lists = Object.fromEntries(allVariants().map(({ name }) => [name, listed(name)]));
  expectGolden(
    path.join(__dirname, 'references.golden.json'),
    lists,
    'A reference between stacks came, went or changed its strength. A strong one locks the producing stack; a weak ' +
      'one lets the value vanish under its consumer until that is deployed too.',
  );
});

const producer = (extra: object) => ({
  Resources: { Documents: { Type: 'AWS::S3::Bucket' }, Proxy: { Type: 'AWS::RDS::DBProxy' } },
  ...extra,
});
const consumer = (value: unknown) => ({ Resources: { Reader: { Type: 'X', Properties: { value } } } });

test('a weak reference to a bucket is refused', () => {
  const templates = {
    storage: producer({ Outputs: { Name: { Value: { Ref: 'Documents' } } } }),
    api: consumer({ 'Fn::GetStackOutput': { StackName: 'storage', OutputName: 'Name' } }),
  };
  expect(checkReferenceStrength(templates)).toMatchObject([
    { stack: 'storage', logicalId: 'Documents', description: expect.stringContaining('expected strong') },
  ]);
});

test('a strong reference to a proxy is refused', () => {
  const templates = {
    storage: producer({
      Outputs: {
        Out: { Value: { 'Fn::GetAtt': ['Proxy', 'Endpoint'] }, Export: { Name: 'storage:Endpoint' } },
      },
    }),
    api: consumer([{ 'Fn::Join': ['', [{ 'Fn::ImportValue': 'storage:Endpoint' }, '/x']] }]),
  };
  expect(checkReferenceStrength(templates)).toMatchObject([
    { logicalId: 'Proxy', description: expect.stringContaining('expected weak') },
  ]);
});

test('an import that nobody exports is an error, not an empty list', () => {
  expect(() => crossStackReferences({ api: consumer({ 'Fn::ImportValue': 'gone' }) })).toThrow(
    /no stack exports/,
  );
});
