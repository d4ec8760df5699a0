/** Passwords as Secrets Manager generates them. */
import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from './errors';

const flag = z.union([z.boolean(), z.stringbool()]).optional();

/** Shared by GetRandomPassword and by GenerateSecretString of CloudFormation, whose booleans may be strings. */
export const passwordRules = {
  ExcludeCharacters: z.string().optional(),
  ExcludeLowercase: flag,
  ExcludeNumbers: flag,
  ExcludePunctuation: flag,
  ExcludeUppercase: flag,
  IncludeSpace: flag,
  /** @default 32 */
  PasswordLength: z.coerce.number().int().min(1).max(4096).optional(),
  /** @default true */
  RequireEachIncludedType: flag,
};

const rules = z.object(passwordRules);

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

const pick = (alphabet: string): string => alphabet[randomInt(alphabet.length)] as string;

export function randomPassword(options: z.infer<typeof rules>): string {
  const length = options.PasswordLength ?? 32;
  const excluded = new Set(options.ExcludeCharacters ?? '');
  const types = [
    options.ExcludeLowercase ? '' : LOWER,
    options.ExcludeUppercase ? '' : LOWER.toUpperCase(),
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludePunctuation ? '' : PUNCTUATION,
    options.IncludeSpace ? ' ' : '',
  ]
    .map((type) => [...type].filter((character) => !excluded.has(character)).join(''))
    .filter((type) => type !== '');
  if (types.length === 0)
    throw new AwsError('InvalidParameterException', 'No characters are left to build a password from.');
  const required = (options.RequireEachIncludedType ?? true) ? types : [];
  if (length < required.length)
    throw new AwsError(
      'InvalidParameterException',
      `A password of ${length} characters cannot hold each of ${required.length} types.`,
    );
  const all = types.join('');
  const characters = [
    ...required.map(pick),
    ...Array.from({ length: length - required.length }, () => pick(all)),
  ];
  // The required ones come first; Fisher-Yates spreads them evenly.
  for (let i = characters.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
  }
  return characters.join('');
}
