/** Compares two cloud assemblies, stack by stack, without an account. Usage: npm run diff -- --help */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from './command';
import { fenced } from './fenced';

const help = `npm run diff -- <before> <after> [--title <text>]

Prints what changes from one synthesized assembly (cdk.out) to another, as Markdown. Replaced and deleted
resources are marked. It compares templates: what was changed by hand on AWS is not seen.

Exit codes: 0 compared, 1 could not be compared, 2 wrong usage.`;

/** A summary of GitHub holds 1 MiB for a whole step. */
const longest = 60_000;

interface StackTemplate {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

interface Comparison {
  readonly text: string;
  /** Whether something is replaced, deleted or left behind without an owner. */
  readonly destructive: boolean;
}

export interface DiffDependencies {
  /** Compares a stack of the assembly `after` with a template file. */
  readonly compare: (stack: string, templateBefore: string, after: string) => Comparison;
}

export function diff(deps: DiffDependencies, before: string, after: string, title: string): string {
  const [old, current] = [stacksOf(before), stacksOf(after)];
  const names = [...new Set([...current.keys(), ...old.keys()])];
  const sections = names.flatMap((name) => {
    const [was, is] = [old.get(name), current.get(name)];
    if (was && is) return was.text === is.text ? [] : [changed(deps.compare(name, was.file, after), name)];
    if (is) return [`### ${name}: new stack, ${count(is)}`];
    return was
      ? [
          `### :warning: ${name}: no longer in the app, ${count(was)}. Deployed stacks stay until they are deleted.`,
        ]
      : [];
  });
  const unchanged = names.length - sections.length;
  const rest = unchanged > 0 ? [`${unchanged} of ${names.length} stacks do not change.`] : [];
  return [`## ${title}`, ...sections, ...rest].join('\n\n');
}

function changed({ text, destructive }: Comparison, name: string): string {
  const warning = destructive ? ':warning: ' : '';
  const consequence = destructive ? ' replaces, deletes or orphans resources' : ' changes';
  return `### ${warning}${name}${consequence}\n\n${fenced(text, longest)}`;
}

function count({ text }: StackTemplate): string {
  return `${Object.keys((JSON.parse(text) as { Resources?: object }).Resources ?? {}).length} resources`;
}

/** Stacks of an assembly by name, in deployment order. */
function stacksOf(assembly: string): ReadonlyMap<string, StackTemplate> {
  const manifest = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, { type: string; properties?: { templateFile?: string } }>;
  };
  return new Map(
    Object.entries(manifest.artifacts).flatMap(([name, { type, properties }]) => {
      if (type !== 'aws:cloudformation:stack' || !properties?.templateFile) return [];
      const file = resolve(assembly, properties.templateFile);
      return [[name, { name, file, text: readFileSync(file, 'utf8') }] as const];
    }),
  );
}

/** Compares by the CDK CLI, from templates alone. Throws when it does neither succeed nor find a difference. */
export function compareByCli(stack: string, templateBefore: string, after: string): Comparison {
  const cli = join(require.resolve('aws-cdk/package.json'), '..', 'bin', 'cdk');
  const options = [
    ...['--app', resolve(after), '--template', templateBefore, '--fail-on', 'destructive'],
    // The stacks it depends on have comparisons of their own.
    ...['--exclusively', '--no-color', '--no-notices'],
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'diff', stack, ...options], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    // Away from cdk.json, whose build step would run for nothing.
    cwd: after,
    // In CI mode the whole report is on stdout, and stderr is for what went wrong.
    env: { ...process.env, CI: 'true' },
  });
  // The CLI also exits with 1 when it fails, and then it has counted nothing.
  const counted = /\s*✨?\s*Number of stacks with differences: \d+/u.exec(stdout);
  if (!counted || (status !== 0 && status !== 1))
    throw new Error(`cdk diff ${stack} failed (${status}): ${stderr || stdout}`);
  return { text: stdout.slice(0, counted.index), destructive: status === 1 };
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      title: { type: 'string', default: 'Changes' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [before, after] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (!before || !after || positionals.length > 2) {
    console.error(help);
    return 2;
  }
  console.log(diff({ compare: compareByCli }, before, after, values.title));
  return 0;
}

if (require.main === module) void runCommand(main);
