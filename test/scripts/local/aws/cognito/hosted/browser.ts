/** As much of a browser as forms, cookies and redirects need; TLS is verified by the local authority. */
import { request } from 'node:https';

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** Where a redirect leads. */
  readonly location: string;
  /** Set-Cookie, as sent. */
  readonly cookies: readonly string[];
}

export interface Sending {
  /** @default GET, or POST with a body */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function send(url: string, ca: string, { method, headers = {}, body }: Sending = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ca, method: method ?? (body === undefined ? 'GET' : 'POST'), headers, agent: false },
      async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
          location: response.headers.location ?? '',
          cookies: response.headers['set-cookie'] ?? [],
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const TEXT: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
export const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => TEXT[name] as string);

const attribute = (tag: string, name: string): string | undefined => {
  const [, value] = new RegExp(`\\s${name}="([^"]*)"`).exec(tag) ?? [];
  return value === undefined ? undefined : unescaped(value);
};

/** The only form of a page: where it goes, and what its fields hold. */
export function formOf({ body }: Page): { action: string; fields: Record<string, string> } {
  const [, tag = '', content = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(body) ?? [];
  const inputs = [...content.matchAll(/<input[^>]*>/g)].map(([input]): [string, string] => [
    attribute(input, 'name') ?? '',
    attribute(input, 'value') ?? '',
  ]);
  return { action: attribute(tag, 'action') ?? '', fields: Object.fromEntries(inputs) };
}

/** What a page says in its alert or notice. */
export const saidBy = ({ body }: Page): string =>
  unescaped(/<p class="(?:alert|notice)"[^>]*>([^<]*)</.exec(body)?.[1] ?? '');

export const titleOf = ({ body }: Page): string => unescaped(/<h1>([^<]*)</.exec(body)?.[1] ?? '');

export class Browser {
  readonly jar = new Map<string, string>();

  constructor(
    private readonly base: string,
    private readonly ca: string,
  ) {}

  async open(path: string, sending: Sending = {}): Promise<Page> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie && { cookie }), ...sending.headers };
    const page = await send(new URL(path, this.base).href, this.ca, { ...sending, headers });
    for (const set of page.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/Max-Age=0/.test(set)) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    return page;
  }

  /** Fills in the page's form and sends it, as a browser does: with its origin. */
  submit(
    page: Page,
    filled: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    const { action, fields } = formOf(page);
    return this.open(action, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: this.base,
        ...headers,
      },
      body: String(new URLSearchParams({ ...fields, ...filled })),
    });
  }
}
