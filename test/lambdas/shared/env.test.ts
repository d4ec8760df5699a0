import * as z from 'zod';
import { commaList, port, readEnv } from '../../../lambdas/shared/env';

const schema = z.object({ HOST: z.string().min(1), PORT: port, LIST: commaList });

it('is read with types', () => {
  expect(readEnv(schema, { HOST: 'h', PORT: '5432', LIST: 'a, b,,c' })).toEqual({
    HOST: 'h',
    PORT: 5432,
    LIST: ['a', 'b', 'c'],
  });
});

it('reports all faults at once, by name and without values', () => {
  const read = () => readEnv(schema, { PORT: 'secret-value' });
  expect(read).toThrow(/HOST: .*; PORT: /);
  expect(read).not.toThrow('secret-value');
});

it('takes an absent list for an empty one', () => {
  expect(readEnv(schema, { HOST: 'h', PORT: '1' }).LIST).toEqual([]);
});
