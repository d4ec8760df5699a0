import { createServer } from 'node:net';
import { claimPorts, PortInUseError } from '../../../scripts/local/ports';

test('six free ports in a row are found, and a taken one is named with what it is for and the way out', async () => {
  const ports = await claimPorts(0);
  expect(Object.values(ports)).toEqual([0, 1, 2, 3, 4, 5].map((offset) => ports.api + offset));
  const other = createServer();
  await new Promise<void>((done) => other.listen(ports.postgres, '127.0.0.1', done));
  const claim = claimPorts(ports.api);
  await expect(claim).rejects.toThrow(PortInUseError);
  await expect(claim).rejects.toThrow(
    `Another program uses port ${ports.postgres} (Postgres). Stop it, or choose six other ports: npm start -- --port ${ports.api + 1000}`,
  );
  await new Promise((done) => other.close(done));
  await expect(claimPorts(ports.api)).resolves.toEqual(ports);
});
