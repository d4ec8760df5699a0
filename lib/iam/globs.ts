import { fits } from './wildcards';

/** Whether an action fits a pattern, which IAM compares without regard to case. */
export function matchesGlob(pattern: string, text: string): boolean {
  // Most patterns have no wildcard, and every action of a role is compared with every step of an escalation.
  if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === text.toLowerCase();
  return fits(pattern.toLowerCase(), text.toLowerCase());
}

/** Stands for any text that has no slash, as the name of a bucket. */
export const noSlash = '\u0001';

/** Whether there is a text that fits both of two patterns, in which `*` is any text. */
export function overlap(a: string, b: string): boolean {
  const known = new Map<number, boolean>();
  const visit = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, false);
    const result = meet(i, j);
    known.set(key, result);
    return result;
  };
  const meet = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true;
    if (isWild(a[i])) return visit(i + 1, j) || (j < b.length && takes(a[i], b[j]) && visit(i, j + 1));
    if (isWild(b[j])) return visit(i, j + 1) || (i < a.length && takes(b[j], a[i]) && visit(i + 1, j));
    if (i === a.length || j === b.length) return false;
    return (a[i] === b[j] || a[i] === '?' || b[j] === '?') && visit(i + 1, j + 1);
  };
  return visit(0, 0);
}

const isWild = (char: string | undefined): boolean => char === '*' || char === noSlash;

/** Whether a wildcard may stand for what the other pattern has. A wildcard of the other one can always be empty. */
const takes = (wild: string | undefined, char: string | undefined): boolean => wild === '*' || char !== '/';
