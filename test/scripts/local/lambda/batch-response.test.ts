import { failedItems } from '../../../../scripts/local/lambda/batch-response';

const ids = ['a', 'b', 'c'];
const named = (...items: unknown[]) => ({ batchItemFailures: items });

test.each<[string, unknown, string[]]>([
  ['nothing', undefined, []],
  ['null', null, []],
  ['an empty object', {}, []],
  ['null for a list', { batchItemFailures: null }, []],
  ['an empty list', named(), []],
  ['one of its messages', named({ itemIdentifier: 'b' }), ['b']],
  ['one of them twice', named({ itemIdentifier: 'b' }, { itemIdentifier: 'b' }), ['b']],
  ['all of them', named(...ids.map((itemIdentifier) => ({ itemIdentifier }))), ids],
  ['a message that is not in the batch', named({ itemIdentifier: 'z' }), ids],
  ['an empty id', named({ itemIdentifier: '' }), ids],
  ['null for an id', named({ itemIdentifier: null }), ids],
  ['an id under another name', named({ id: 'a' }), ids],
  ['null for an item', named(null), ids],
  ['no list', { batchItemFailures: 'a' }, ids],
  ['a text', 'ok', ids],
  ['a list', [], ids],
])('a function that answers %s', (_what, answer, failed) => {
  expect([...failedItems(answer, ids)].sort()).toEqual(failed);
});
