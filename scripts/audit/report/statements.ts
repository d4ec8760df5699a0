/** Statements of policies, each as one sentence. */
import { actionsOf, type PolicyKind, type Statement } from '../../../lib/iam/policy';
import type { AuditedAssembly, Resource } from '../assembly/assembly';
import { listed, Names } from '../assembly/names';
import { account, Values } from '../assembly/values';
import { accessLevels, type Phrase, phraseOf } from './actions';
import { Conditions } from './conditions';
import type { StatementView } from './report';
import { serviceName } from './services';
import { type DescribedTarget, plainText, Targets } from './targets';

/** Where a statement is from. */
export interface Origin {
  readonly id: string;
  readonly kind: PolicyKind;
  readonly stackName: string;
  /** What the policy is about: the bucket of a bucket policy, the role of its trust. */
  readonly about?: Resource | undefined;
}

interface Who {
  readonly id: string;
  readonly words: string;
}

export class Statements {
  readonly values: Values;
  readonly names: Names;
  readonly #targets: Targets;
  readonly #conditions: Conditions;

  constructor(assembly: AuditedAssembly) {
    this.values = new Values(assembly);
    this.names = new Names(assembly);
    this.#targets = new Targets(this.values, this.names);
    this.#conditions = new Conditions(this.values, this.#targets);
  }

  view(statement: Statement, { id, kind, stackName, about }: Origin): StatementView {
    const effect = statement.Effect === 'Deny' ? 'Deny' : 'Allow';
    const excluded = [statement.NotAction ?? []].flat();
    const actions = statement.NotAction ? excluded.map((action) => `not ${action}`) : actionsOf(statement);
    // A key policy says `*` and means its key.
    const self = about?.type === 'AWS::KMS::Key' ? about : undefined;
    const described = [statement.Resource ?? statement.NotResource ?? []]
      .flat()
      .map((value) => this.#targets.describe(value, stackName, self));
    const who = kind === 'identity' ? [] : this.principals(statement, stackName);
    const conditions = this.#conditions.describe(statement, stackName);
    const does = this.#predicate(statement, described);
    return {
      id,
      kind,
      effect,
      actions,
      levels: accessLevels(statement.NotAction ? ['*'] : actions),
      targets: described.map(({ group, ...target }) => target),
      principals: who.map((one) => one.id),
      conditions,
      wildcards: effect === 'Allow' ? wildcardsIn(actions, described, who, self !== undefined) : [],
      words: plainText(
        `${subject(kind, effect, who, statement.NotPrincipal !== undefined)} ${does}${limits(effect, conditions)}${delegation(kind, who)}`,
      ),
      unused: [],
    };
  }

  /** Who a statement is for. */
  principals(statement: Statement, stackName: string): Who[] {
    const principal = statement.Principal ?? statement.NotPrincipal;
    if (principal === '*') return [{ id: 'anybody', words: 'anybody' }];
    return Object.entries((principal ?? {}) as Record<string, unknown>).flatMap(([type, value]) =>
      [value].flat().map((one) => this.#principal(type, one, stackName)),
    );
  }

  #principal(type: string, value: unknown, stackName: string): Who {
    const written = this.values.written(value, stackName);
    if (type === 'Service') return { id: written, words: serviceName(written) };
    if (written === '*') return { id: 'anybody', words: 'anybody' };
    if (type === 'Federated') {
      const url = this.values.resource(value, stackName)?.properties.Url;
      const name = String(url ?? written).replace(/^(.*oidc-provider\/|https:\/\/)/, '');
      return { id: name, words: `whoever ${name} vouches for` };
    }
    const pointer = this.values.pointer(value, stackName);
    if (pointer) return { id: pointer.resource.path, words: this.names.the(pointer.resource) };
    const [, owner = written] = /^arn:aws:iam::([^:]+):root$/.exec(written) ?? [];
    if (owner === account) return { id: 'this account', words: 'identities of this account' };
    if (/^\d{12}$/.test(owner))
      return { id: `account ${owner}`, words: `identities of the account ${owner}` };
    return { id: plainText(written), words: plainText(written) };
  }

  #predicate(statement: Statement, targets: readonly DescribedTarget[]): string {
    const actions = statement.NotAction ? [statement.NotAction].flat() : actionsOf(statement);
    const phrases = inOrder(actions);
    const everything = targets.some(({ words }) => words === 'everything');
    const only = everything ? anyOf(actions) : this.#targets.together(targets);
    const object = statement.NotResource ? `everything but ${this.#targets.together(targets)}` : only;
    if (statement.NotAction) return `do everything but ${sentence(phrases, '')} with ${object}`;
    const target = targets.length > 0 ? object : 'this role';
    // Nobody may read or write, and nobody may do anything: with `and` a part of it would be left.
    if (statement.Effect === 'Deny')
      return sentence(phrases, target, everything, 'or').replace('do everything', 'do anything');
    return sentence(phrases, target, everything);
  }
}

/** More than these are counted, because nobody reads a sentence with them. */
const mostUnnamed = 6;

function inOrder(actions: readonly string[]): Phrase[] {
  const unnamed = actions.filter((action) => phraseOf(action).unnamed);
  if (unnamed.length <= mostUnnamed) return rated(actions);
  const services = [...new Set(unnamed.map((action) => phraseOf(action).unnamed ?? ''))].sort();
  const counted = services.map((service): Phrase => {
    const own = unnamed.filter((action) => action.startsWith(`${service}:`));
    const levels = listed(accessLevels(own).map((level) => level.toLowerCase()));
    return { verb: `take ${own.length} actions of ${serviceName(service)} (${levels})`, preposition: 'on' };
  });
  return [...rated(actions.filter((action) => !unnamed.includes(action))), ...counted];
}

/** Reading before changing before deleting, as a person would say it. */
function rated(actions: readonly string[]): Phrase[] {
  const all = actions.map((action) => {
    const phrase = phraseOf(action);
    const [level] = accessLevels([action]);
    const rank = ['Read', 'List', 'Write', 'Tagging', 'Permissions management'].indexOf(level ?? 'Write');
    return { phrase, rank: rank * 2 + (/^(delete|remove|take|abort)/.test(phrase.verb) ? 1 : 0) };
  });
  return all.sort((a, b) => a.rank - b.rank).map(({ phrase }) => phrase);
}

/** `read and write objects`, `receive messages from and hide messages in the queue`. */
function sentence(
  phrases: readonly Phrase[],
  object: string,
  everywhere = false,
  conjunction: 'and' | 'or' = 'and',
): string {
  const complete = everywhere ? phrases.filter((phrase) => phrase.complete) : [];
  const rest = phrases.filter((phrase) => !complete.includes(phrase));
  const byPreposition = new Map<string, string[]>();
  for (const { verb, preposition, complete: alone } of rest) {
    const key = preposition ?? (alone ? 'on' : '');
    byPreposition.set(key, [...new Set([...(byPreposition.get(key) ?? []), verb])]);
  }
  const groups = [...byPreposition].map(([preposition, verbs]) =>
    [listed(verbs, conjunction), preposition].filter(Boolean).join(' '),
  );
  const nested = groups.length > 1 && [...byPreposition.values()].some((verbs) => verbs.length > 1);
  const joined = nested
    ? `${groups.slice(0, -1).join(', ')}, ${conjunction} ${groups.at(-1)}`
    : listed(groups, conjunction);
  const targeted = groups.length > 0 ? `${joined} ${object}`.trim() : '';
  const own = listed(
    complete.map(({ verb }) => verb),
    conjunction,
  );
  return [own && `${own} anywhere in this account`, targeted].filter(Boolean).join(`, ${conjunction} `);
}

/** What `*` is for the services that are asked. */
const anything: Readonly<Record<string, string>> = {
  cloudwatch: 'any alarm',
  dynamodb: 'any table',
  kms: 'any key',
  lambda: 'any function',
  logs: 'any log group',
  s3: 'any object of any bucket',
  secretsmanager: 'any secret',
  sns: 'any topic',
  sqs: 'any queue',
};

function anyOf(actions: readonly string[]): string {
  const services = new Set(
    actions.filter((action) => !phraseOf(action).complete).map((action) => action.split(':')[0] ?? ''),
  );
  const [service, ...more] = [...services];
  return (more.length === 0 && service !== undefined && anything[service]) || 'everything in this account';
}

function subject(kind: PolicyKind, effect: 'Allow' | 'Deny', who: readonly Who[], inverted: boolean): string {
  if (kind === 'identity') return effect === 'Allow' ? 'may' : 'must not';
  const everybody = who.some(({ id }) => id === 'anybody');
  const names = listed(who.map(({ words }) => words));
  if (inverted) return effect === 'Allow' ? `everybody but ${names} may` : `nobody but ${names} may`;
  if (effect === 'Allow') return `${names} may`;
  return everybody ? 'nobody may' : `${names} must not`;
}

function limits(effect: 'Allow' | 'Deny', conditions: readonly string[]): string {
  if (conditions.length === 0) return '';
  if (effect === 'Allow') return `, ${listed(conditions)}`;
  return ` when ${listed(conditions.map((condition) => condition.replace(/^when /, '')))}`;
}

/** A policy that names an account leaves the decision to the policies of that account. */
const delegation = (kind: PolicyKind, who: readonly Who[]): string =>
  kind !== 'identity' && who.some(({ words }) => words.startsWith('identities of'))
    ? ', as far as their own policies allow it'
    : '';

function wildcardsIn(
  actions: readonly string[],
  targets: readonly DescribedTarget[],
  who: readonly Who[],
  ofKey: boolean,
): string[] {
  const resources = targets.map(({ arn }) => arn).filter((arn) => !(ofKey && arn === '*'));
  const everybody = who.some(({ id }) => id === 'anybody') ? ['anybody'] : [];
  return [...actions, ...resources].filter((written) => /[*?]/.test(written)).concat(everybody);
}
