/**
 * IAM roles of the assembly and the credentials their sessions sign with. Every role has its own, so that the
 * AWS endpoint knows who calls; they are random and kept, so that presigned URLs survive a restart.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Policy } from '../../lib/iam/policy';
import type { Credentials } from './lambda/environment';

export interface Role {
  readonly arn: string;
  readonly name: string;
  /** Inline and attached, as synthesized. */
  readonly policies: Policy[];
  /** Who may become the role. */
  readonly trust?: Policy | undefined;
  /** @default everything is within its bounds */
  readonly boundary?: Policy | undefined;
}

interface Principal {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly roleArn: string;
}

export class Roles {
  readonly #file: string;
  readonly #principals: Map<string, Principal>;
  readonly #roles = new Map<string, Role>();

  /** @param file where the credentials are kept */
  constructor(file: string) {
    this.#file = file;
    this.#principals = readPrincipals(file);
  }

  /** Access key id -> who that is. Grows while resources are created. */
  get principals(): ReadonlyMap<string, Principal> {
    return this.#principals;
  }

  add(role: Role): void {
    this.#roles.set(role.arn, role);
  }

  byName(name: string): Role | undefined {
    return [...this.#roles.values()].find((role) => role.name === name);
  }

  get(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  credentials(roleArn: string): Credentials {
    for (const [accessKeyId, principal] of this.#principals) {
      if (principal.roleArn === roleArn) return { accessKeyId, ...principal };
    }
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const principal = {
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(48).toString('base64'),
      roleArn,
    };
    this.#principals.set(accessKeyId, principal);
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#principals), null, 2), { mode: 0o600 });
    return { accessKeyId, ...principal };
  }
}

function readPrincipals(file: string): Map<string, Principal> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new Error(
      `The credentials in ${file} cannot be read. Start over with --fresh, or remove the file.`,
      {
        cause: error,
      },
    );
  }
}
