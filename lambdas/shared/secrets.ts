/**
 * Secrets of Secrets Manager, read by ARN or name.
 *
 * A value serves for five minutes from the moment it was asked for, also while Secrets Manager is down. After that it
 * has to be read anew, and what cannot be read is an error: an old value, an empty one or a variable of the
 * environment is never used in its place. Failures are not kept.
 */
import type * as z from 'zod';
import { callAws } from './aws-call';
import { type Clock, systemClock } from './clock';
import { SecretError, type SecretFault } from './secret-error';

/** A rotated secret is picked up after this time at the latest. */
const keepMs = 5 * 60_000;

/**
 * Between two looks for a newer value after a refusal. A wrong secret costs two calls in this time, however many
 * requests fail on it.
 */
const renewalPauseMs = 30_000;

/** Cognito waits 5 s for a trigger: two attempts and the pause between them leave it time to work. */
const patience = { attempts: 2, timeoutMs: 1_500 };

/** @default the stage AWSCURRENT */
export type VersionChoice =
  | { readonly stage: 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS' }
  | { readonly versionId: string };

export interface SecretVersion {
  readonly versionId: string;
  readonly text: string;
}

export type FetchSecret = (secretId: string, choice: VersionChoice) => Promise<SecretVersion>;

/** One value of a secret, and the way to the next when it is refused. */
export interface Held<T> {
  readonly value: T;
  /**
   * The value to try after this one was refused: AWSCURRENT, read anew, when it is another by now; else AWSPENDING,
   * which the other side may know already while a rotation is under way. Undefined when there is nothing new, or
   * nothing was found less than 30 s ago.
   */
  next(): Promise<Held<T> | undefined>;
}

export interface Secrets {
  text(secretId: string, choice?: VersionChoice): Promise<string>;
  /** A JSON secret. What the schema expects is told by its description. */
  json<S extends z.ZodType>(secretId: string, schema: S, choice?: VersionChoice): Promise<z.output<S>>;
  /** Reads AWSCURRENT anew, whatever is kept. */
  refresh<S extends z.ZodType>(secretId: string, schema: S): Promise<z.output<S>>;
  hold<S extends z.ZodType>(secretId: string, schema: S): Promise<Held<z.output<S>>>;
  /**
   * Does something with a secret, and again with what the secret is by now when that is refused: once or, while a
   * rotation is under way, twice. The last refusal is thrown.
   * @param isRefusal whether an error of `use` says that the secret is wrong; anything else is thrown at once
   */
  withSecret<S extends z.ZodType, T>(
    secretId: string,
    schema: S,
    use: (value: z.output<S>) => Promise<T>,
    isRefusal: (error: unknown) => boolean,
  ): Promise<T>;
}

const current: VersionChoice = { stage: 'AWSCURRENT' };
const pending: VersionChoice = { stage: 'AWSPENDING' };

interface Kept {
  readonly version: SecretVersion;
  readonly asked: number;
}

interface Renewal {
  readonly started: number;
  done: Promise<void>;
}

export function openSecrets({
  fetchVersion = fetchSecret,
  clock = systemClock,
}: {
  readonly fetchVersion?: FetchSecret;
  readonly clock?: Clock;
} = {}): Secrets {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<SecretVersion>>();
  const renewals = new Map<string, Renewal>();
  const now = () => clock().getTime();
  const keyOf = (secretId: string, choice: VersionChoice) =>
    JSON.stringify([
      secretId,
      'stage' in choice ? choice.stage : '',
      'stage' in choice ? '' : choice.versionId,
    ]);
  /** A clock that was set back must not make a value last longer. */
  const isRecent = (since: number, forMs: number) => now() >= since && now() - since < forMs;

  function known(secretId: string, choice: VersionChoice): SecretVersion | undefined {
    const found = kept.get(keyOf(secretId, choice));
    return found && isRecent(found.asked, keepMs) ? found.version : undefined;
  }

  /** Whoever asks while an answer is under way gets that one. */
  function readAnew(secretId: string, choice: VersionChoice): Promise<SecretVersion> {
    const key = keyOf(secretId, choice);
    const joined = underWay.get(key);
    if (joined) return joined;
    const asked = now();
    const reading = fetchVersion(secretId, choice)
      .then((version) => {
        kept.set(key, { version, asked });
        return version;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, reading);
    return reading;
  }

  const read = async (secretId: string, choice: VersionChoice = current): Promise<SecretVersion> =>
    known(secretId, choice) ?? readAnew(secretId, choice);

  /** All who were refused at the same time share one renewal, and those of the next 30 s its outcome. */
  function renew(secretId: string, refused: ReadonlySet<string>): Promise<void> {
    const last = renewals.get(secretId);
    if (last && isRecent(last.started, renewalPauseMs)) return last.done;
    const look = async () => {
      kept.delete(keyOf(secretId, pending));
      const newest = await readAnew(secretId, current);
      if (refused.has(newest.versionId)) await readAnew(secretId, pending).catch(noneIsPending);
    };
    const renewal: Renewal = { started: now(), done: look() };
    renewals.set(secretId, renewal);
    // Its failure is for those who wait for it; later ones learn that nothing is known.
    renewal.done.catch(() => {
      renewal.done = Promise.resolve();
    });
    return renewal.done;
  }

  function held<S extends z.ZodType>(
    secretId: string,
    schema: S,
    version: SecretVersion,
    refusedBefore: ReadonlySet<string> = new Set(),
  ): Held<z.output<S>> {
    const refused = new Set([...refusedBefore, version.versionId]);
    const other = () =>
      [known(secretId, current), known(secretId, pending)].find(
        (candidate) => candidate && !refused.has(candidate.versionId),
      );
    return {
      value: parsed(secretId, schema, version),
      next: async () => {
        let found = other();
        if (!found) {
          await renew(secretId, refused);
          found = other();
        }
        return found && held(secretId, schema, found, refused);
      },
    };
  }

  const secrets: Secrets = {
    text: async (secretId, choice) => (await read(secretId, choice)).text,
    json: async (secretId, schema, choice) => parsed(secretId, schema, await read(secretId, choice)),
    refresh: async (secretId, schema) => parsed(secretId, schema, await readAnew(secretId, current)),
    hold: async (secretId, schema) => held(secretId, schema, await read(secretId)),
    withSecret: async (secretId, schema, use, isRefusal) => {
      let attempt = await secrets.hold(secretId, schema);
      for (;;) {
        try {
          return await use(attempt.value);
        } catch (error) {
          const next = isRefusal(error) ? await attempt.next() : undefined;
          if (!next) throw error;
          attempt = next;
        }
      }
    },
  };
  return secrets;
}

/** Those of a function: one cache for all its code. */
export const secrets: Secrets = openSecrets();

function parsed<S extends z.ZodType>(secretId: string, schema: S, { text }: SecretVersion): z.output<S> {
  const json = (() => {
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      // The parser's message quotes what it could not read: it must not become a cause.
      return undefined;
    }
  })();
  const result = json && schema.safeParse(json.value);
  if (result?.success) return result.data;
  throw new SecretError('malformed', secretId, {
    expected: schema.description ?? 'JSON of another shape',
    found: json ? 'JSON of another shape' : 'no JSON',
  });
}

function noneIsPending(error: unknown): void {
  if (!(error instanceof SecretError && error.fault === 'absent')) throw error;
}

const faults: Readonly<Record<string, SecretFault>> = {
  ResourceNotFoundException: 'absent',
  /** Marked for deletion. */
  InvalidRequestException: 'deleted',
  AccessDeniedException: 'denied',
  DecryptionFailure: 'denied',
};

/** @throws SecretError */
async function fetchSecret(secretId: string, choice: VersionChoice): Promise<SecretVersion> {
  const selected = 'stage' in choice ? { VersionStage: choice.stage } : { VersionId: choice.versionId };
  const { status, errorType, text } = await callAws(
    {
      service: 'secretsmanager',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'secretsmanager.GetSecretValue',
      },
      body: { SecretId: secretId, ...selected },
    },
    patience,
  ).catch((cause: unknown) => {
    throw new SecretError('unavailable', secretId, { found: 'no answer', cause });
  });
  const version = 'stage' in choice ? choice.stage : `version ${choice.versionId}`;
  if (status !== 200)
    throw new SecretError(faults[errorType] ?? 'unavailable', secretId, {
      found: `${status} ${errorType}`.trim(),
      version,
    });
  const answer = answered(secretId, text);
  if (!answer.SecretString) throw new SecretError('empty', secretId, { version });
  return { versionId: answer.VersionId ?? '', text: answer.SecretString };
}

interface Answer {
  readonly SecretString?: string;
  readonly VersionId?: string;
}

function answered(secretId: string, text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new SecretError('unavailable', secretId, { found: 'an answer that is no JSON' });
  }
}
