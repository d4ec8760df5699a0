import type { Runtime } from '../../scripts/local/running';
import { type Answer, DocumentsClient } from './documents-client';

/** A mail as the local mailbox shows it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** What a browser application would do to sign somebody in by magic link, and what the person would do. */
export class MagicLinkClient {
  readonly #api: DocumentsClient;

  constructor(private readonly runtime: Runtime) {
    this.#api = new DocumentsClient(runtime.url);
  }

  /** Environment of the function that answers the routes, as its template gives it. */
  get settings(): Readonly<Record<string, string>> {
    const found = this.runtime.functions.definitions.find(
      ({ environment }) => environment.MAGIC_LINK_REQUESTS_PER_HOUR !== undefined,
    );
    if (!found) throw new Error('No function answers the routes of the magic link');
    return found.environment;
  }

  /** The first page that a link may lead to. */
  get redirectUri(): string {
    const [uri] = (this.settings.MAGIC_LINK_REDIRECT_URIS ?? '').split(',');
    if (!uri) throw new Error('No page is configured that a link may lead to');
    return uri;
  }

  request(email: string, body: object = {}): Promise<Answer> {
    return this.#api.call('POST', '/auth/magic-link', { email, redirectUri: this.redirectUri, ...body });
  }

  verify(token: string): Promise<Answer> {
    return this.#api.call('POST', '/auth/magic-link/verify', { token });
  }

  /** Newest first. */
  async mails(to: string): Promise<ReceivedMail[]> {
    const response = await fetch(`${this.runtime.url}/_landfall/mail?to=${encodeURIComponent(to)}`);
    return (await response.json()) as ReceivedMail[];
  }

  /** The mail with a link, once it has arrived; its sender works in the background. */
  async linkMail(to: string): Promise<ReceivedMail & { readonly link: string; readonly token: string }> {
    for (let waited = 0; waited < 30_000; waited += 100) {
      for (const mail of await this.mails(to)) {
        const [link, token] = /https?:\/\/\S+#token=(\S+)/.exec(mail.text) ?? [];
        if (link !== undefined && token !== undefined) return { ...mail, link, token };
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`No mail with a link to ${to}`);
  }
}
