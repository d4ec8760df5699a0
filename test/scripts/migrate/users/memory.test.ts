import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { soaking } from '../../../support/soak';
import { oldIssuer, spawnCommand } from './target';

const many = 100_000;
/** Megabytes of heap; the program itself needs most of it, and the files are many times as large. */
const heap = 48;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'landfall-memory-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** As Supabase keeps them, with metadata of a usual size. */
function* users(count: number) {
  const metadata = {
    full_name: 'Somebody Whose Name Is Long',
    avatar_url: `https://cdn.example.com/${'a'.repeat(200)}`,
  };
  for (let index = 0; index < count; index++)
    yield {
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      email: `somebody.with.number.${index}@a-rather-long-domain.example.com`,
      encrypted_password: index % 2 === 0 ? `$2a$10$${String(index).padStart(53, 'x')}` : '',
      email_confirmed_at: '2024-05-06T07:08:09.123456+00:00',
      raw_user_meta_data: metadata,
      raw_app_meta_data: { provider: 'email', providers: ['email'] },
    };
}

const cell = (value: unknown) =>
  typeof value === 'string' ? value : `"${JSON.stringify(value).replaceAll('"', '""')}"`;

const formats: Record<string, (count: number) => Generator<string>> = {
  'users.csv': function* (count) {
    yield 'id,email,encrypted_password,email_confirmed_at,raw_user_meta_data,raw_app_meta_data\n';
    for (const user of users(count)) yield `${Object.values(user).map(cell).join(',')}\n`;
  },
  'users.json': function* (count) {
    for (const user of users(count))
      yield `${user.id.endsWith('-000000000000') ? '[' : ','}${JSON.stringify(user)}`;
    yield ']';
  },
  'users.jsonl': function* (count) {
    for (const user of users(count)) yield `${JSON.stringify(user)}\n`;
  },
};

test.each(soaking ? Object.keys(formats) : ['users.csv'])(
  '%s with 100,000 users is planned within a small heap',
  async (name) => {
    const file = path.join(directory, name);
    await pipeline(Readable.from(formats[name]?.(many) ?? []), createWriteStream(file));
    expect((await stat(file)).size).toBeGreaterThan(heap * 1024 ** 2);
    const args = ['users', '--from', file, '--to', 'us-east-1_Example01', '--issuer', oldIssuer, '--json'];
    const { code, stdout, stderr } = await spawnCommand(args, {}, { node: [`--max-old-space-size=${heap}`] })
      .ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: `Reading ${file}\n` });
    expect(JSON.parse(stdout)).toMatchObject({
      users: many,
      outcomes: { create: { count: many / 2 }, lazy: { count: many / 2 } },
    });
    await rm(file);
  },
);
