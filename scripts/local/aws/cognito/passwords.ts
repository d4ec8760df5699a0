/** Password policy, and passwords at rest. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AwsError } from '../errors';
import type { PoolSettings } from './settings';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

/** The characters Cognito counts as symbols. */
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/;

/** @throws AwsError InvalidPasswordException with Cognito's sentence for the first rule that fails */
export function checkPolicy(password: string, policy: PoolSettings['password']): void {
  const rules: [boolean, string][] = [
    [password.length >= policy.minimumLength, 'Password not long enough'],
    [password.length <= 256, 'Password too long'],
    [!policy.lowercase || /[a-z]/.test(password), 'Password must have lowercase characters'],
    [!policy.uppercase || /[A-Z]/.test(password), 'Password must have uppercase characters'],
    [!policy.numbers || /\d/.test(password), 'Password must have numeric characters'],
    [!policy.symbols || SYMBOL.test(password.trim()), 'Password must have symbol characters'],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken)
    throw new AwsError('InvalidPasswordException', `Password did not conform with policy: ${broken[1]}`);
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64'), hash: (await derive(password, salt, 32)).toString('base64') };
}

/** For users that do not exist: the answer must take as long as for those that do. */
const NOBODY: PasswordHash = {
  salt: randomBytes(16).toString('base64'),
  hash: randomBytes(32).toString('base64'),
};

export async function verifyPassword(password: string, stored: PasswordHash | undefined): Promise<boolean> {
  const { salt, hash } = stored ?? NOBODY;
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), expected.length);
  return timingSafeEqual(actual, expected) && stored !== undefined;
}
