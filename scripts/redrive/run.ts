import { createHash } from 'node:crypto';
import { attributes, type Letter } from './letter';
import type { Queues } from './queue';

export interface RedriveOptions {
  readonly execute: boolean;
  /** Only dead letters with this reason; `none`: those without. */
  readonly reason: string | undefined;
  /** How many are listed or moved at most. */
  readonly limit: number;
}

export interface RedriveDependencies {
  readonly queues: Pick<Queues, 'receive' | 'send' | 'delete' | 'giveBack'>;
  /** URLs. */
  readonly source: string;
  readonly deadLetters: string;
  readonly clock: () => Date;
  readonly log: (line: string) => void;
  readonly interrupted: AbortSignal;
}

export interface Redrive {
  /** Those that were asked for, in the order in which they were found. */
  readonly letters: readonly Letter[];
  /** Of them, how many went back to their queue. */
  readonly moved: number;
  /** Seen and left alone: another reason, or above the limit. */
  readonly others: number;
  /** Left alone because an equal one was moved in this run: most likely it has failed again since. */
  readonly again: number;
  readonly interrupted: boolean;
}

const progressEvery = 100;

/**
 * Looks at dead letters, and moves them back when asked to. What is looked at is hidden from others for two minutes,
 * and given back at the end.
 *
 * A letter is sent first and deleted then. Whoever is killed in between leaves it in both queues: it is handled twice,
 * which workers do not mind, and never lost.
 */
export async function redrive(deps: RedriveDependencies, options: RedriveOptions): Promise<Redrive> {
  const { queues, deadLetters, log, interrupted } = deps;
  const held = new Map<string, Letter>();
  const letters: Letter[] = [];
  const movedBodies = new Set<string>();
  const count = { moved: 0, others: 0, again: 0 };
  const wanted = ({ reason }: Letter) =>
    options.reason === undefined || (reason ?? 'none') === options.reason;

  const handle = async (letter: Letter): Promise<void> => {
    const known = held.has(letter.id);
    held.set(letter.id, letter);
    if (known) return;
    if (!wanted(letter) || letters.length >= options.limit) count.others += 1;
    else if (movedBodies.has(digest(letter.body))) count.again += 1;
    else {
      letters.push(letter);
      if (!options.execute) return;
      await move(deps, letter);
      held.delete(letter.id);
      movedBodies.add(digest(letter.body));
      count.moved += 1;
      if (count.moved % progressEvery === 0) log(`${count.moved} moved`);
    }
  };

  try {
    for (let repeated = 0; repeated <= held.size; ) {
      // Whatever is not wanted any more needs no looking for.
      if (interrupted.aborted || (options.execute && letters.length >= options.limit)) break;
      const batch = await queues.receive(deadLetters);
      if (batch.length === 0) break;
      const fresh = batch.filter(({ id }) => !held.has(id)).length;
      // Two minutes after they were looked at, those that stay come again.
      repeated = fresh > 0 ? 0 : repeated + batch.length;
      for (const letter of batch) {
        if (interrupted.aborted) held.set(letter.id, letter);
        else await handle(letter);
      }
    }
  } finally {
    await queues.giveBack(deadLetters, [...held.values()]).catch((error: Error) => {
      log(`What was looked at is hidden from others for up to two minutes: ${error.message}`);
    });
  }
  return { letters, ...count, interrupted: interrupted.aborted };
}

async function move(
  { queues, source, deadLetters, clock }: RedriveDependencies,
  letter: Letter,
): Promise<void> {
  await queues.send(source, letter.body, {
    ...letter.attributes,
    // Tells the worker to handle a file again that has failed for good.
    [attributes.redrive]: { DataType: 'String', StringValue: clock().toISOString() },
  });
  await queues.delete(deadLetters, letter.receipt);
}

const digest = (body: string): string => createHash('sha256').update(body).digest('base64');
