/** Asks a running API whether it is up and closed. Usage: npm run smoke -- --help */
import { connect } from 'node:tls';
import { parseArgs } from 'node:util';
import { loadConfig } from '../lib/config/load';
import { contractsOf } from '../lib/contracts';
import { outputs } from '../lib/outputs';
import { runCommand } from './command';
import { smoke } from './smoke-checks';
import { files, type OutputsFile, readableOutputs } from './write-env';

const help = `npm run smoke -- <environment> [options]

Asks the API of an environment: health, a token on every user route, CORS, TLS.

  --url <url>         default: the API's URL in outputs.<environment>.json; local: http://localhost:4000
  --blueprint <name>  what is deployed (platform)
  --wait <seconds>    how long health may take to become good (60)

Exit codes: 0 all is well, 1 a check failed, 2 wrong usage.`;

/** Where an environment answers. */
export function urlOf(environment: string, read: (file: string) => string | undefined): string {
  if (environment === 'local') return 'http://localhost:4000';
  const file = `outputs.${environment}.json`;
  const content = read(file);
  const url = content && readableOutputs(JSON.parse(content) as OutputsFile, environment).get(outputs.apiUrl);
  if (!url)
    throw new Error(`${file} holds no ${outputs.apiUrl} of ${environment}. Deploy first, or pass --url.`);
  return url;
}

function tlsVersion(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host }, () => {
      resolve(socket.getProtocol() ?? 'none');
      socket.destroy();
    });
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no TLS handshake with ${host} in 10 s`)));
    socket.on('error', reject);
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      blueprint: { type: 'string', default: 'platform' },
      wait: { type: 'string', default: '60' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [environment] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (!environment || positionals.length > 1 || !/^\d+$/.test(values.wait)) {
    console.error(help);
    return 2;
  }
  const configuration = loadConfig(environment, values.blueprint);
  const url = (values.url ?? urlOf(environment, files.read)).replace(/\/+$/, '');
  const outcomes = await smoke(
    {
      fetch,
      tlsVersion,
      now: Date.now,
      sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    },
    {
      url,
      routes: contractsOf(configuration).flatMap((contract) => contract.routes),
      origin: configuration.environment.api.corsOrigins[0],
      waitSeconds: Number(values.wait),
    },
  );
  for (const { check, passed, seen } of outcomes)
    console.log(`${passed ? 'ok  ' : 'FAIL'} ${check}: ${seen}`);
  const failed = outcomes.filter((outcome) => !outcome.passed).length;
  console.error(
    failed === 0 ? `${url}: all is well` : `${url}: ${failed} of ${outcomes.length} checks failed`,
  );
  return failed === 0 ? 0 : 1;
}

if (require.main === module) void runCommand(main);
