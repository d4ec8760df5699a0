/**
 * IAM roles of the assembly and the credentials their sessions sign with. Every role has its own, so that the
 * AWS endpoint knows who calls; they are random and kept, so that presigned URLs survive a restart.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { awsManagedPolicy } from '../../lib/iam/aws-managed-policies';
import type { Policy } from '../../lib/iam/policy';
import type { Credentials } from './lambda/environment';

export interface Role {
  readonly arn: string;
  readonly name: string;
  /** Inline ones, and those that name the role, as synthesized. */
  readonly policies: Policy[];
  /** Policies that the role names; they may be created before or after it. @default none */
  readonly managedPolicyArns?: readonly string[];
  /** Who may become the role. */
  readonly trust?: Policy | undefined;
  /** A managed policy. @default everything is within its bounds */
  readonly boundaryArn?: string | undefined;
  /** @default none */
  readonly tags?: Readonly<Record<string, string>>;
}

interface Principal {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly roleArn: string;
  /** @default the credentials are nobody's in particular */
  readonly functionArn?: string;
}

export class Roles {
  readonly #file: string;
  readonly #principals: Map<string, Principal>;
  readonly #roles = new Map<string, Role>();
  readonly #managedPolicies = new Map<string, Policy>();

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

  addManagedPolicy(arn: string, policy: Policy): void {
    this.#managedPolicies.set(arn, policy);
  }

  all(): readonly Role[] {
    return [...this.#roles.values()];
  }

  byName(name: string): Role | undefined {
    return this.all().find((role) => role.name === name);
  }

  /** @throws Error when a managed policy is not there: the role would be allowed less, or with a boundary more */
  identityOf({ policies, managedPolicyArns = [] }: Role): readonly Policy[] {
    return [...policies, ...managedPolicyArns.map((arn) => this.#managedPolicy(arn))];
  }

  /** @throws Error as `identityOf` */
  boundaryOf({ boundaryArn }: Role): Policy | undefined {
    if (boundaryArn === undefined) return undefined;
    if (isOfAws(boundaryArn) || this.#managedPolicies.has(boundaryArn))
      return this.#managedPolicy(boundaryArn);
    throw new Error(
      `the permissions boundary ${boundaryArn} is a policy of an account, whose text is not in the templates: leave permissionsBoundaryArn out of environments that run locally`,
    );
  }

  #managedPolicy(arn: string): Policy {
    if (isOfAws(arn)) return awsManagedPolicy(arn);
    const policy = this.#managedPolicies.get(arn);
    if (policy) return policy;
    throw new Error(`there is no managed policy ${arn} in the templates`);
  }

  get(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** @param functionArn of the function they are for; each has its own, so that the endpoint knows which one calls */
  credentials(roleArn: string, functionArn?: string): Credentials {
    for (const [accessKeyId, principal] of this.#principals) {
      if (principal.roleArn === roleArn && principal.functionArn === functionArn)
        return { accessKeyId, ...principal };
    }
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const principal = {
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(48).toString('base64'),
      roleArn,
      ...(functionArn !== undefined && { functionArn }),
    };
    this.#principals.set(accessKeyId, principal);
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#principals), null, 2), { mode: 0o600 });
    return { accessKeyId, ...principal };
  }
}

const isOfAws = (arn: string): boolean => /^arn:[^:]+:iam::aws:policy\//.test(arn);

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
