/**
 * What the journeys do with the rights of the roles. Each journey says at its end what of its rights it has used, and
 * a file of the repository keeps it, so that a grant that nobody uses any more, or a journey that stops using one, is
 * seen.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fits } from '../../lib/iam/wildcards';
import { readAuditedAssembly } from '../../scripts/audit/assembly/assembly';
import { type Exercised, reasonFor } from '../../scripts/audit/coverage/coverage';
import { grantsOf, nameOf } from '../../scripts/audit/coverage/grants';
import { deniedAccesses, usedGrants } from '../../scripts/audit/coverage/uses';
import type { AccessRecord } from '../../scripts/local/access-record';

const file = path.resolve(__dirname, '../journeys/exercised.json');

/** Set by `npm run golden`, as for the other files that a person agrees to. */
const rewriting = process.env.LANDFALL_GOLDEN === 'write';

/** A denial that a test provokes: `*` in the texts is any text. */
export interface Provoked {
  /** Path of the role, name of the service, or `anonymous`. */
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
}

/**
 * Who reads an object that is gone: S3 asks whether the caller may list the bucket, and says that there is no such
 * object to those who may. Others are denied.
 */
export const listing = (caller: string): Provoked => ({ caller, action: 's3:ListBucket', resource: '*' });

/**
 * Expects that a journey has used every grant that it is known to use, and that nothing was denied to anybody but
 * what it provoked itself.
 *
 * @param journey its name in test/journeys/exercised.json, with the blueprint when it runs with several
 */
export async function expectExercised(
  { access }: { readonly access: AccessRecord },
  journey: string,
  { denied = [] }: { readonly denied?: readonly Provoked[] } = {},
): Promise<void> {
  const grants = grantsOf(readAuditedAssembly(access.assembly));
  const used = usedGrants(grants, access.uses);
  const exercised = readExercised();
  const faults = [
    ...deniedAccesses(grants, access.denials)
      .filter((denial) => !denied.some((provoked) => isProvoked(denial, provoked)))
      .map(
        ({ caller, action, resource, where }) =>
          `${caller} was denied ${action} on ${resource} (${where}). Grant it, or name it as provoked by the test.`,
      ),
    ...denied
      .filter((provoked) => !deniedAccesses(grants, access.denials).some((d) => isProvoked(d, provoked)))
      .map(({ caller, action }) => `${caller} was not denied ${action}, which the test says it provokes.`),
  ];
  const now = new Set(used.map((grant) => `${grant.role} ${nameOf(grant)}`));
  if (rewriting)
    writeFileSync(
      file,
      rewritten(
        exercised,
        journey,
        used.map((grant) => [grant.role, nameOf(grant)]),
      ),
    );
  else {
    for (const [role, names] of Object.entries(exercised)) {
      for (const [name, journeys] of Object.entries(names)) {
        if (!journeys.split(', ').includes(journey) || now.has(`${role} ${name}`)) continue;
        // What only a fault brings about is used by chance: when one worker meets another, for example.
        if (reasonFor(role, name)) continue;
        faults.push(
          `${role} did not use ${name}, as it did before. Remove the grant if nothing uses it any more; if only this ` +
            'journey stopped, run "npm run golden -- --journeys".',
        );
      }
    }
  }
  if (faults.length === 0) return;
  throw new Error(`The journey "${journey}":\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
}

export const readExercised = (): Exercised => JSON.parse(readFileSync(file, 'utf8')) as Exercised;

function isProvoked(
  {
    caller,
    action,
    resource,
  }: { readonly caller: string; readonly action: string; readonly resource: string },
  provoked: Provoked,
): boolean {
  return (
    fits(provoked.caller, caller) &&
    fits(provoked.action.toLowerCase(), action.toLowerCase()) &&
    fits(provoked.resource, resource)
  );
}

/** The file with what this journey used now, and nothing that it used before. */
function rewritten(
  exercised: Exercised,
  journey: string,
  used: readonly (readonly [string, string])[],
): string {
  const all = new Map<string, Map<string, string[]>>();
  const add = (role: string, name: string, by: string) => {
    const names = all.get(role) ?? new Map<string, string[]>();
    all.set(role, names.set(name, [...(names.get(name) ?? []), by]));
  };
  for (const [role, names] of Object.entries(exercised)) {
    for (const [name, journeys] of Object.entries(names)) {
      for (const other of journeys.split(', ')) if (other !== journey) add(role, name, other);
    }
  }
  for (const [role, name] of used) add(role, name, journey);
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = sorted(all).map(([role, names]) => [
    role,
    Object.fromEntries(
      sorted(names).map(([name, journeys]) => [name, [...new Set(journeys)].sort().join(', ')]),
    ),
  ]);
  return `${JSON.stringify(Object.fromEntries(content), null, 2)}\n`;
}
