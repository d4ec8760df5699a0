/** The runtime's ports: six in a row, so that one number says where everything is. */
import { createServer } from 'node:net';

export interface Ports {
  readonly api: number;
  readonly aws: number;
  readonly postgres: number;
  readonly redis: number;
  readonly oidc: number;
  readonly cdn: number;
}

const offsets = ['api', 'aws', 'postgres', 'redis', 'oidc', 'cdn'] as const;

const purposes: Readonly<Record<keyof Ports, string>> = {
  api: 'the API',
  aws: 'the AWS endpoint',
  postgres: 'Postgres',
  redis: 'the cache',
  oidc: 'the sign-in page or OpenID Connect issuer',
  cdn: 'the files of CloudFront',
};

/** A port the runtime needs belongs to another program. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * @param base first port; 0 takes any six free ones in a row
 * @throws {PortInUseError} naming the ports in use and the flag that chooses others
 */
export async function claimPorts(base: number): Promise<Ports> {
  if (base !== 0) {
    const ports = portsFrom(base);
    const taken = await takenOf(ports);
    if (taken.length > 0) throw new PortInUseError(inUse(taken, base));
    return ports;
  }
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const ports = portsFrom(20_000 + Math.floor(Math.random() * 4_000) * 6);
    if ((await takenOf(ports)).length === 0) return ports;
  }
  throw new PortInUseError('There are no six free ports in a row between 20000 and 44000.');
}

function portsFrom(base: number): Ports {
  return Object.fromEntries(offsets.map((name, offset) => [name, base + offset])) as unknown as Ports;
}

async function takenOf(ports: Ports): Promise<(readonly [keyof Ports, number])[]> {
  const entries = Object.entries(ports) as [keyof Ports, number][];
  const free = await Promise.all(entries.map(([, port]) => isFree(port)));
  return entries.filter((_entry, index) => !free[index]);
}

function inUse(taken: readonly (readonly [keyof Ports, number])[], base: number): string {
  const list = taken.map(([name, port]) => `${port} (${purposes[name]})`).join(', ');
  const flag = `npm start -- --port ${base + 1000}`;
  return `Another program uses port ${list}. Stop it, or choose six other ports: ${flag}`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
