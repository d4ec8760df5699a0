/** What an environment allows, in words. Usage: npm run audit -- --help */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { environments } from '../../lib/config/environments';
import { loadConfig } from '../../lib/config/load';
import { build } from '../build';
import { runCommand } from '../command';
import { diffCommand } from './diff/command';
import { renderHtml } from './html/render';
import { renderMarkdown } from './markdown';
import { buildReport } from './report/build';
import { isOpen, openItems } from './report/open';
import type { AuditReport } from './report/report';

const help = `npm run audit -- <environment> [--blueprint <name>] [--out <dir>] [--assembly <dir>] [--today <date>]
npm run audit -- coverage ...
npm run audit -- diff <base-dir> [<dir>]

Writes audit.html, audit.md and audit.json: every principal with what it may do in words, who can start what, what
can be reached from outside, the network, what holds data, the findings of all audit packs and of our own rules, and
what was accepted and why. Builds and synthesizes the environment; nothing is asked of AWS.

  --blueprint   default platform
  --out         default audit/<environment>-<blueprint>
  --assembly    reads this assembly (cdk.out) instead of synthesizing one
  --today       day for which reviews are due, default today

coverage lists which grants the journeys use; diff says what changed. Both have a --help of their own.

Exit codes: 0 nothing is open, 1 could not be audited, 2 wrong usage, 3 findings that fail the synthesis, or accepted
ones that are stale or due for a review.`;

const exit = { clean: 0, usage: 2, open: 3 } as const;

/** Packs that fail the synthesis of an environment with `audit: baseline`. */
const baseline: ReadonlySet<string> = new Set(['AwsSolutions', 'Landfall']);
const nagPacks = ['AwsSolutions', 'NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321', 'Serverless'];

const root = path.resolve(__dirname, '../..');

export async function auditCommand(
  args: readonly string[],
  print: (text: string) => void = console.log,
): Promise<number> {
  const [command, ...rest] = args;
  if (command === 'coverage') return (await import('./coverage/command')).coverageCommand(rest);
  if (command === 'diff') return diffCommand(rest, print);
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      blueprint: { type: 'string', default: 'platform' },
      out: { type: 'string' },
      assembly: { type: 'string' },
      today: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    print(help);
    return exit.clean;
  }
  const [environment] = positionals;
  if (!environment || positionals.length > 1 || !/^\d{4}-\d{2}-\d{2}$/.test(values.today)) {
    console.error(help);
    return exit.usage;
  }
  const { blueprint, today } = values;
  const out = path.resolve(values.out ?? path.join('audit', `${environment}-${blueprint}`));
  const assembly = values.assembly ?? (await synthesize(environment, blueprint, path.join(out, 'assembly')));
  console.error(`reading ${path.relative('.', assembly) || '.'}`);
  const report = buildReport(assembly, {
    gates: gatesOf(environment),
    // Of an assembly from elsewhere only its own report says which packs ran.
    ...(values.assembly ? {} : { packs: [...nagPacks, 'Landfall'] }),
  });
  write(report, out, today);
  print(summaryOf(report, today, path.relative('.', out)));
  return isOpen(openItems(report, today)) ? exit.open : exit.clean;
}

async function synthesize(environment: string, blueprint: string, outdir: string): Promise<string> {
  // Before minutes are spent: a name that does not exist is answered with those that do.
  loadConfig(environment, blueprint);
  console.error('building the functions');
  await build({ quiet: true });
  console.error(`synthesizing ${environment} with ${blueprint} and all audit packs`);
  rmSync(outdir, { recursive: true, force: true });
  const script = path.join(__dirname, 'assembly', 'synthesize.ts');
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, environment, blueprint, outdir],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 },
  );
  if (status !== 0) throw new Error(`The app could not be synthesized:\n${(stderr || stdout).trim()}`);
  return outdir;
}

/** An environment that is not configured here answers to everything that its assembly was asked. */
function gatesOf(environment: string): (pack: string) => boolean {
  const audit = Object.hasOwn(environments, environment) ? environments[environment]?.audit : 'full';
  return (pack) => audit === 'full' || baseline.has(pack) || !nagPacks.includes(pack);
}

function write(report: AuditReport, out: string, today: string): void {
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'audit.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(path.join(out, 'audit.md'), renderMarkdown(report, today));
  writeFileSync(path.join(out, 'audit.html'), renderHtml(report, new Date(`${today}T00:00:00Z`)));
}

function summaryOf(report: AuditReport, today: string, out: string): string {
  const { findings, stale, overdue } = openItems(report, today);
  const statements = report.principals.flatMap((principal) => principal.statements);
  const reported = report.findings.length - findings.length;
  const open = [
    ...findings.map(({ rule, path: at, description }) => `  ${rule} at ${at}: ${description}`),
    ...stale.map(
      ({ rule, path: at }) => `  ${rule} at ${at}: accepted, and there is no such finding: remove it`,
    ),
    ...overdue.map(
      ({ rule, path: at, date, owner }) => `  ${rule} at ${at}: accepted on ${date}, ${owner} reviews it`,
    ),
  ];
  return [
    `${report.environment} with ${report.blueprint}: ${report.principals.length} principals with ` +
      `${statements.length} statements, ${report.invocations.length} ways to start something, ` +
      `${report.surfaces.length} surfaces, ${report.stateful.length} resources that hold data`,
    `${report.acknowledgements.length} findings are accepted; ` +
      (reported > 0 ? `${reported} are of packs that this environment does not answer to; ` : '') +
      (open.length > 0 ? `${open.length} open:` : 'nothing is open'),
    ...open,
    `${path.join(out, 'audit.html')}, audit.md, audit.json`,
  ].join('\n');
}

if (require.main === module) void runCommand(() => auditCommand(process.argv.slice(2)));
