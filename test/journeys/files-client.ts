/** What browser applications do with files of every capability. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, DocumentsClient } from './documents-client';

export class FilesClient extends DocumentsClient {
  /** Announces a file, posts it to the storage, and has it checked. */
  async send(
    start: string,
    announcement: object,
    bytes: Buffer,
    completion: (id: string) => string = (id) => `${start}/${id}/complete`,
  ): Promise<Answer> {
    const upload = await this.call('POST', start, { ...announcement, fileSize: bytes.length });
    if (upload.status !== 201) return upload;
    const posted = await this.post(upload, bytes);
    if (!posted.ok) throw new Error(`The storage refused the file: ${posted.status} ${await posted.text()}`);
    return this.call('POST', completion(upload.body.id));
  }

  /** Asks until the answer is as wanted. Generous, because everything runs on one busy machine. */
  async until(path: string, wanted: (body: Answer['body']) => boolean, seconds = 90): Promise<Answer> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await this.get(path);
      if (answer.status === 200 && wanted(answer.body)) return answer;
      if (Date.now() > end) {
        throw new Error(
          `${path} is not as wanted after ${seconds} s: ${answer.status} ${JSON.stringify(answer.body).slice(0, 2000)}`,
        );
      }
      await wait(200);
    }
  }

  /** Asks until a worker is done with the file. */
  settled = (path: string): Promise<Answer> => this.until(path, ({ status }) => status !== 'processing');
}
