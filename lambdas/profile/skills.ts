import { fold, withoutBullet } from './lines';
import { profileLimits } from './schema';
import names from './words/languages.json';
import known from './words/skills.json';

interface Skill {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Words that mean something else outside a list of skills. */
  readonly listedOnly?: readonly string[];
  readonly nameListedOnly?: boolean;
}

const anywhere = new Map<string, string>();
const inLists = new Map<string, string>();
for (const { name, aliases = [], listedOnly = [], nameListedOnly } of known as readonly Skill[]) {
  for (const alias of nameListedOnly ? aliases : [name, ...aliases]) anywhere.set(fold(alias), name);
  for (const alias of [name, ...aliases, ...listedOnly]) inLists.set(fold(alias), name);
}
const languageNames = new Set(Object.values(names.names).flat());

/** The longest alias has four words. */
const maxWords = 4;
const maxListed = 40;

export function findSkills(
  listed: readonly string[],
  others: readonly string[],
): { skills: string[]; listed: boolean } {
  const found = new Map<string, string>();
  const add = (skill: string) => {
    if (found.size < profileLimits.skills && !found.has(fold(skill))) found.set(fold(skill), skill);
  };
  for (const line of listed) {
    for (const item of items(line)) {
      const name = inLists.get(fold(item));
      if (name) {
        add(name);
        continue;
      }
      const inside = matches(item, inLists);
      for (const match of inside) add(match);
      if (inside.length === 0 && isSkill(item)) add(item);
    }
  }
  const hasList = found.size > 0;
  for (const line of others) for (const match of matches(line, anywhere)) add(match);
  return { skills: [...found.values()], listed: hasList };
}

/** `Languages: Java, Python (advanced)` lists two. */
function items(line: string): string[] {
  const text = withoutBullet(line);
  const colon = text.indexOf(':');
  const list = colon >= 0 && colon < 50 ? text.slice(colon + 1) : text;
  return list
    .replace(/\([^()]{0,100}\)/g, ' ')
    .split(/[,;|\u2022\u00b7\u25cf\u25aa\u2013\u2014]|\s{2,}|\s\/\s|\s-\s/u)
    .map((item) => item.replace(/^[\s*\-\u2605\u2606\u25cb]+|[\s.:*\-\u2605\u2606\u25cb]+$/gu, '').trim())
    .filter((item) => item !== '')
    .slice(0, maxListed);
}

/** What no dictionary knows is kept when it looks like an item of a list, and not like a sentence. */
function isSkill(item: string): boolean {
  const words = item.split(' ');
  return (
    item.length <= 40 &&
    words.length <= 4 &&
    /\p{L}{2}/u.test(item) &&
    !/\d{4}|@|https?:/.test(item) &&
    !languageNames.has(fold(words[0] as string))
  );
}

const word = /[\p{L}\d.#+/&'-]+/gu;

function matches(line: string, dictionary: ReadonlyMap<string, string>): string[] {
  const words = (fold(line).match(word) ?? []).map((token) => token.replace(/^['&/-]+|[.'&/,-]+$/g, ''));
  const found: string[] = [];
  for (let at = 0; at < words.length; at++) {
    for (let length = Math.min(maxWords, words.length - at); length > 0; length--) {
      const name = dictionary.get(words.slice(at, at + length).join(' '));
      if (!name) continue;
      found.push(name);
      at += length - 1;
      break;
    }
    // `Docker/Kubernetes` are two.
    const pair = words[at] as string;
    if (pair.includes('/') && !dictionary.has(pair)) {
      for (const half of pair.split('/', 6)) {
        const name = dictionary.get(half);
        if (name) found.push(name);
      }
    }
  }
  return found;
}
