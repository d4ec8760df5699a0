import { join } from 'node:path';
import { HttpServer } from '../../../scripts/local/http-server';
import { instancePath } from '../../../scripts/local/instance-lock';
import { Log } from '../../../scripts/local/log';
import { claimPorts } from '../../../scripts/local/ports';
import { removeTemporaryDirectories, temporaryDirectory } from './deployed-app';

afterAll(removeTemporaryDirectories);

test('while the runtime starts its port says so, and which instance it is', async () => {
  const log = new Log(join(temporaryDirectory(), 'log'), () => undefined);
  const http = new HttpServer({ log });
  const { api } = await claimPorts(0);
  await http.listen(api);
  http.identify('instance-1');
  const url = `http://localhost:${api}`;
  const early = await fetch(`${url}/documents`);
  expect(early.status).toBe(503);
  expect(await early.json()).toEqual({
    error: { code: 'unavailable', message: 'Landfall is starting.', requestId: '' },
  });
  expect(await (await fetch(url + instancePath)).json()).toEqual({ id: 'instance-1', ready: false });
  await http.close();
  await log.close();
});

test('the log keeps what it is told, and prints only what belongs into the terminal', async () => {
  const printed: string[] = [];
  const log = new Log(join(temporaryDirectory(), 'log'), (line) => printed.push(line));
  log.note('aws', 'kept');
  log.say('request', 'kept and printed');
  log.add('documents', '{"level":"ERROR"}', 'in other words');
  for (let i = 0; i < 1200; i += 1) log.note('flood', String(i));
  expect(printed).toEqual(['kept and printed', 'in other words']);
  expect(log.lines).toHaveLength(1000);
  expect(log.lines.at(-1)).toMatchObject({ source: 'flood', text: '1199' });
  await log.close();
});
