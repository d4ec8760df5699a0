import { cleanTitle } from '../../../lambdas/shared/visible-text';

it.each([
  ['  My   resume ', 'My resume'],
  ['a\nb', 'a b'],
  ['\u202ecba', 'cba'],
  ['\u0000\u200b', ''],
  ['Mu\u0308ller', 'Müller'],
])('%j becomes %j, a title without what would break a line or hide a character', (given, expected) => {
  expect(cleanTitle(given)).toBe(expected);
});
