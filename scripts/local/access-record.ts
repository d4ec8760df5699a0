/**
 * What a run of the local runtime asked of IAM: every grant that allowed something, and everything that was denied.
 * Bounded by what the policies say and not by how often they are asked, so that a runtime may run for weeks.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AccessRequest, Caller, Decision, StatementAt } from '../../lib/iam/access';
import { actionsOf } from '../../lib/iam/policy';
import { fits } from '../../lib/iam/wildcards';
import { writeFileAtomic } from './aws/atomic-file';

/** One action of a statement that allowed something on one of its resources. */
export interface Use {
  /** ARN of a role, name of a service, or `anonymous`. */
  readonly caller: string;
  readonly kind: StatementAt['kind'];
  /** Id of the policy. */
  readonly policy: string;
  /** Place of the statement in the policy, from 0. */
  readonly index: number;
  /** Action of the statement as it is written there, with its wildcards; `*` when the statement says NotAction. */
  readonly granted: string;
  /** Place of the resource in the statement, from 0; 0 also when it names none, as statements of trust do. */
  readonly resourceIndex: number;
  /** What was called. One entry for each action that a wildcard allowed. */
  readonly action: string;
  /** The first resource that it was called on. */
  readonly resource: string;
}

export interface Denial {
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
  readonly reason: 'explicit' | 'implicit';
  /** In which policy a statement would be needed; the ids of the policies that deny when they do so explicitly. */
  readonly where: string;
}

/** The file that a record is kept in. */
export interface RecordFile {
  readonly version: 1;
  /** Folder of the assembly that the policies are from. */
  readonly assembly: string;
  /** Digest of its templates: places of statements mean nothing in others. */
  readonly templates: string;
  readonly uses: readonly Use[];
  readonly denials: readonly Denial[];
}

/** Denials name the resources they were about, of which there may be any number. */
const mostDenials = 1000;

export class AccessRecord {
  readonly #uses = new Map<string, Use>();
  readonly #denials = new Map<string, Denial>();

  /** @param assembly folder of the assembly that the policies are from. @default of none, as in tests of one service */
  constructor(readonly assembly = '') {}

  add({ caller, action, resource }: AccessRequest, decision: Decision): void {
    const who = nameOf(caller);
    if (decision.effect === 'deny') {
      const { reason } = decision;
      const where =
        decision.reason === 'explicit'
          ? decision.by.map(({ policy }) => policy).join(', ')
          : decision.missing;
      this.#keepDenial({ caller: who, action, resource, reason, where });
      return;
    }
    for (const { kind, policy, index, statement } of decision.by) {
      for (const granted of actionsThatFit(statement, action)) {
        for (const resourceIndex of resourcesThatFit(statement, resource)) {
          this.#keep({ caller: who, kind, policy, index, granted, resourceIndex, action, resource });
        }
      }
    }
  }

  #keep(use: Use): void {
    const { caller, policy, index, granted, resourceIndex, action } = use;
    const key = [caller, policy, index, granted, resourceIndex, action].join(' ');
    if (!this.#uses.has(key)) this.#uses.set(key, use);
  }

  #keepDenial(denial: Denial): void {
    const { caller, action, resource, where } = denial;
    const key = [caller, action, resource, where].join(' ');
    if (this.#denials.size < mostDenials && !this.#denials.has(key)) this.#denials.set(key, denial);
  }

  get uses(): readonly Use[] {
    return [...this.#uses.values()];
  }

  get denials(): readonly Denial[] {
    return [...this.#denials.values()];
  }

  /** Goes on with the record of an earlier run, if that was of the same templates. Call when they are written. */
  resume(file: string): void {
    if (!existsSync(file)) return;
    const { templates, uses, denials } = readRecord(file);
    if (templates !== digestOfTemplates(this.assembly)) return;
    for (const use of uses) this.#keep(use);
    for (const denial of denials) this.#keepDenial(denial);
  }

  /** Writes `<state>/iam/record.json` and the like. */
  async save(file: string): Promise<void> {
    const content: RecordFile = {
      version: 1,
      assembly: path.resolve(this.assembly),
      templates: digestOfTemplates(this.assembly),
      uses: this.uses,
      denials: this.denials,
    };
    mkdirSync(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
  }
}

/** @throws when there is no such file, or it is no record */
export function readRecord(file: string): RecordFile {
  const content = JSON.parse(readFileSync(file, 'utf8')) as RecordFile;
  if (content.version !== 1 || !Array.isArray(content.uses)) {
    throw new Error(
      `${file}: expected a record of version 1, found ${JSON.stringify(content.version) ?? 'none'}. ` +
        'Record it again: npm start, use what you want to know about, and stop it.',
    );
  }
  return content;
}

/** Of all templates of an assembly, whatever else is in its folder. */
export function digestOfTemplates(assembly: string): string {
  const hash = createHash('sha256');
  const files = assembly !== '' && existsSync(assembly) ? readdirSync(assembly) : [];
  for (const file of files.filter((name) => name.endsWith('.template.json')).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(path.join(assembly, file)));
  }
  return hash.digest('hex');
}

const nameOf = (caller: Caller): string =>
  caller.kind === 'role' ? caller.arn : caller.kind === 'service' ? caller.name : 'anonymous';

function actionsThatFit(statement: StatementAt['statement'], action: string): readonly string[] {
  const written = actionsOf(statement);
  if (written.length === 0) return ['*'];
  return written.filter((pattern) => fits(pattern.toLowerCase(), action.toLowerCase()));
}

function resourcesThatFit({ Resource }: StatementAt['statement'], resource: string): readonly number[] {
  const written = [Resource ?? []].flat().map(String);
  const places = [...written.keys()];
  const fitting = places.filter((place) => fits(written[place] as string, resource));
  // A pattern with a variable fits by what the caller is, which is known to have fitted.
  if (fitting.length > 0) return fitting;
  const variable = places.filter((place) => written[place]?.includes('${'));
  return variable.length > 0 ? variable : [0];
}
