/** Which queues there are, and the ways to name one: name, ARN and URL. */
import { AwsError } from '../errors';
import type { QueueSettings } from './queue-properties';

export interface Queue extends QueueSettings {
  readonly name: string;
  readonly arn: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Resolved document of its AWS::SQS::QueuePolicy, kept for the authorizer. @default none */
  readonly policy?: unknown;
}

export interface QueuePlace {
  readonly region: string;
  readonly accountId: string;
  /** Where the queues' URLs lead. */
  readonly endpointUrl: () => string;
}

export class QueueDirectory {
  private readonly declared = new Map<string, Queue>();

  constructor(private readonly place: QueuePlace) {}

  private get arnPrefix(): string {
    return `arn:aws:sqs:${this.place.region}:${this.place.accountId}:`;
  }

  /** @param created milliseconds since 1970 */
  declare(name: string, settings: QueueSettings, created: number): Queue {
    if (!/^[\w-]{1,80}$/.test(name))
      throw new Error(`"${name}" is no name of a queue: 1 to 80 of A-Z, a-z, 0-9, "_" and "-" are expected.`);
    const queue = { ...settings, name, arn: `${this.arnPrefix}${name}`, created };
    this.declared.set(name, queue);
    return queue;
  }

  setPolicy(name: string, policy: unknown): void {
    this.declared.set(name, { ...this.require(name), policy });
  }

  list(): Queue[] {
    return [...this.declared.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  urlOf({ name }: Queue): string {
    return `${this.place.endpointUrl()}/${this.place.accountId}/${name}`;
  }

  find(reference: string): Queue | undefined {
    return this.declared.get(this.nameIn(reference));
  }

  /** @throws AwsError QueueDoesNotExist */
  require(reference: string): Queue {
    const queue = this.find(reference);
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  /** Of a URL its path counts: another run of this runtime may have had another port. */
  private nameIn(reference: string): string {
    if (reference.startsWith('arn:'))
      return reference.startsWith(this.arnPrefix) ? reference.slice(this.arnPrefix.length) : '';
    if (!reference.includes('/')) return reference;
    const [account, name] = URL.canParse(reference) ? new URL(reference).pathname.split('/').slice(1) : [];
    return account === this.place.accountId ? (name ?? '') : '';
  }
}
