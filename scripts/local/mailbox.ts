/** The mailbox of the local system: what Cognito and SES would have sent, kept for people and for tests. */
import { randomUUID } from 'node:crypto';
import { StateFile } from './aws/atomic-file';

export interface Mail {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** A mailbox of RFC 5322, for example `Landfall <hello@example.com>`. */
  readonly from: string;
  /** Everybody who gets it, copies included. */
  readonly to: readonly string[];
  readonly subject: string;
  /** Empty when there is an HTML part only. */
  readonly text: string;
  readonly html?: string;
  /** Further header fields, for example `Reply-To` and `Cc`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly source: 'cognito' | 'ses';
}

export type OutgoingMail = Omit<Mail, 'id' | 'time'>;

/** Older mails are dropped. */
const kept = 500;

export class Mailbox {
  readonly #state: StateFile<readonly Mail[]>;
  /** Oldest first. */
  #mails: readonly Mail[];
  #written: Promise<void> = Promise.resolve();

  private constructor(file: string, stored: readonly Mail[]) {
    this.#mails = stored;
    this.#state = new StateFile(file, () => this.#mails);
  }

  static async open(file: string): Promise<Mailbox> {
    return new Mailbox(file, (await StateFile.read<Mail[]>(file)) ?? []);
  }

  deliver(mail: OutgoingMail): void {
    const delivered: Mail = { id: randomUUID(), time: new Date().toISOString(), ...mail };
    this.#mails = [...this.#mails, delivered].slice(-kept);
    const saved = this.#state.save();
    this.#written = saved;
    // Whoever needs to know asks `written`; until then a full disk must not end the process.
    saved.catch(() => undefined);
  }

  /** Resolves when all that was delivered is on disk; rejects when it could not be written. */
  written(): Promise<void> {
    return this.#written;
  }

  /** Newest first. @param filter `to` leaves the mails to one address, in any case of its letters */
  list({ to }: { readonly to?: string | undefined } = {}): Mail[] {
    const wanted = to?.toLowerCase();
    const found = this.#mails.filter(
      (mail) => wanted === undefined || mail.to.some((recipient) => addressOf(recipient) === wanted),
    );
    return found.reverse();
  }
}

/** The bare address of a mailbox, in lower case. */
function addressOf(mailbox: string): string {
  return (/<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox).trim().toLowerCase();
}

/** The first link of a mail, which is what somebody who tries the system is waiting for. */
export function firstLink({ text, html }: Pick<Mail, 'text' | 'html'>): string | undefined {
  const found = /https?:\/\/[^\s<>"')\]]+/.exec(text)?.[0];
  if (found !== undefined) return found.replace(/[.,;:!?]+$/, '');
  return /\bhref\s*=\s*["'](https?:\/\/[^"']+)["']/i.exec(html ?? '')?.[1]?.replaceAll('&amp;', '&');
}
