/** What a browser application would do against the documents API. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const fixtures = join(__dirname, '..', 'fixtures');

export const pdf = readFileSync(join(fixtures, 'resume.pdf'));
export const docx = readFileSync(join(fixtures, 'cover-letter.docx'));
export const program = readFileSync(join(fixtures, 'program.exe'));

export const pdfType = 'application/pdf';
export const docxType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a journey reads answers of every shape
  readonly body: any;
}

export interface FileToUpload {
  readonly bytes: Buffer;
  readonly mimeType: string;
  readonly fileName: string;
  readonly name?: string;
  readonly type?: string;
  /** @default the length of the bytes */
  readonly announcedSize?: number;
}

export class DocumentsClient {
  constructor(
    readonly url: string,
    private readonly token?: string,
  ) {}

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  get = (path: string) => this.call('GET', path);

  announce(file: FileToUpload, headers?: Record<string, string>): Promise<Answer> {
    const { bytes, mimeType, fileName, name = 'My document', type = 'resume', announcedSize } = file;
    const body = { name, type, fileName, fileSize: announcedSize ?? bytes.length, mimeType };
    return this.call('POST', '/documents/uploads', body, headers);
  }

  /** Posts the form to the storage, as an HTML form would. */
  async post(upload: Answer, bytes: Buffer): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.body.fields as Record<string, string>))
      form.append(name, value);
    form.append('file', new Blob([new Uint8Array(bytes)]), 'file');
    return fetch(upload.body.url, { method: 'POST', body: form });
  }

  complete(upload: Answer): Promise<Answer> {
    return this.call('POST', `/documents/uploads/${upload.body.id}/complete`);
  }

  /** Announces, posts and completes. */
  async upload(file: FileToUpload): Promise<Answer> {
    const upload = await this.announce(file);
    if (upload.status !== 201) return upload;
    const posted = await this.post(upload, file.bytes);
    if (!posted.ok) throw new Error(`The storage refused the file: ${posted.status} ${await posted.text()}`);
    return this.complete(upload);
  }
}
