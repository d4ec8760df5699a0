import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { blueprints } from '../../lib/config/blueprints';
import { environments } from '../../lib/config/environments';
import packageJson from '../../package.json';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
}

interface Workflow {
  readonly on: Readonly<
    Record<
      string,
      { readonly inputs?: Readonly<Record<string, { readonly options: readonly string[] }>> } | null
    >
  >;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(__dirname, '../../.github/workflows');
const texts = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
const text = (file: string) => texts.get(file) ?? '';
const workflow = (file: string) => parse(text(file)) as Workflow;

/** What a job may write, by file and job. */
const needed: Readonly<Record<string, string>> = {
  'deploy.yml deploy': 'id-token',
  'diff.yml comment': 'pull-requests',
};

/** Whether a job is for branches of this repository, takes texts only, and runs programs of the machine alone. */
function onlyPosts({ if: condition, steps = [] }: Job): boolean {
  const sameRepository = 'github.event.pull_request.head.repo.full_name == github.repository';
  const texts = steps.every(({ uses }) => !uses || uses.startsWith('actions/download-artifact@'));
  const runs = steps.flatMap(({ run }) => run ?? []).join('\n');
  // Text of the artifact may be read, and never be run or pasted into a command.
  return (
    condition === sameRepository &&
    texts &&
    !/\b(?:npm|npx|node|bash|sh|eval|source|git)\b|\$\(cat/.test(runs)
  );
}

/** Everything about a workflow that could give away credentials, or fail on its first run. */
function faults(file: string, content: string): readonly string[] {
  const { on, permissions, jobs } = parse(content) as Workflow;
  const found: string[] = [];
  const complain = (condition: boolean, fault: string) => {
    if (condition) found.push(fault);
  };
  complain(
    JSON.stringify(permissions) !== '{"contents":"read"}',
    'its default permissions are more than contents: read',
  );
  complain(
    'pull_request_target' in on || 'workflow_run' in on,
    'it runs the code of strangers with rights of this repository',
  );
  complain(
    /aws-(?:access-key-id|secret-access-key)|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)/.test(content),
    'it uses AWS keys',
  );
  complain(/\bsecrets\./.test(content), 'it reads a stored secret');
  for (const [name, job] of Object.entries(jobs)) {
    const extra = Object.entries(job.permissions ?? {}).filter(
      ([scope, level]) => `${scope}: ${level}` !== 'contents: read',
    );
    const needs = needed[`${file} ${name}`];
    complain(
      extra.some(([scope, level]) => !(scope === needs && level === 'write')),
      `job ${name} asks for more than it needs`,
    );
    complain(
      needs === 'pull-requests' && !onlyPosts(job),
      `job ${name} may write, and does more than to post a text`,
    );
    complain(!job.uses && !job['timeout-minutes'], `job ${name} has no time limit`);
    for (const step of job.steps ?? []) found.push(...stepFaults(step, content));
  }
  return found;
}

function stepFaults(step: Step, content: string): readonly string[] {
  const found: string[] = [];
  if (step.uses && !step.uses.startsWith('./')) {
    const line = content.split('\n').find((candidate) => candidate.includes(step.uses ?? '')) ?? '';
    if (!/@[0-9a-f]{40}$/.test(step.uses) || !/# v\d+\.\d+\.\d+$/.test(line)) {
      found.push(`${step.uses} is not pinned to a commit with its version beside it`);
    }
    if (step.uses.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false) {
      found.push('a checkout leaves its token on disk');
    }
  }
  // An expression is pasted into the script before the shell reads it: whoever sets it can run commands.
  if (step.run?.includes('${{')) found.push(`an expression is pasted into a script: ${step.run}`);
  for (const [, script = ''] of (step.run ?? '').matchAll(/npm run (?:--?\S+ )*([\w-]+)/g)) {
    if (!(script in packageJson.scripts)) found.push(`npm has no script ${script}`);
  }
  if (/\bnpx\b/.test(step.run ?? '')) found.push('npx may fetch a version that nobody chose');
  return found;
}

test.each([...texts])('%s gives nothing away and calls only what exists', (file, content) => {
  expect(faults(file, content)).toEqual([]);
});

describe('the guard finds', () => {
  const changes: [fault: RegExp, file: string, from: string | RegExp, to: string][] = [
    [/default permissions/, 'ci.yml', 'permissions:\n  contents: read', 'permissions: write-all'],
    [/default permissions/, 'ci.yml', 'permissions:\n  contents: read\n', ''],
    [/code of strangers/, 'diff.yml', 'pull_request:', 'pull_request_target:'],
    [/AWS keys/, 'deploy.yml', 'role-to-assume:', 'aws-access-key-id: abc\n          role-to-assume:'],
    [/stored secret/, 'deploy.yml', 'vars.AWS_DEPLOY_ROLE_ARN', 'secrets.AWS_DEPLOY_ROLE_ARN'],
    [
      /job diff asks for more/,
      'diff.yml',
      '    timeout-minutes: 15',
      '    timeout-minutes: 15\n    permissions: { id-token: write }',
    ],
    [/job deploy asks for more/, 'deploy.yml', 'id-token: write', 'id-token: write\n      packages: write'],
    [/job test has no time limit/, 'ci.yml', '    timeout-minutes: 20\n', ''],
    [/comment may write/, 'diff.yml', /download-artifact@[0-9a-f]{40} # v\d+.\d+.\d+/, 'checkout@v5'],
    [/comment may write/, 'diff.yml', / {4}if: github.event.pull_request.head.+\n/, ''],
    [/comment may write/, 'diff.yml', 'marker=', 'npm ci\n          marker='],
    [/comment may write/, 'diff.yml', 'marker=', 'eval "$(cat texts/*/audit.md)"\n          marker='],
    [
      /job comment asks for more/,
      'diff.yml',
      'pull-requests: write',
      'pull-requests: write\n      contents: write',
    ],
    [/not pinned/, 'ci.yml', /actions\/checkout@[0-9a-f]{40} # v5.0.0/, 'actions/checkout@v5'],
    [/not pinned/, 'ci.yml', / # v5.0.0/, ''],
    [/token on disk/, 'ci.yml', '          persist-credentials: false\n', '          fetch-depth: 1\n'],
    [/pasted into a script/, 'deploy.yml', '"$ENVIRONMENT"', `"\${{ inputs.environment }}"`],
    [/no script tset/, 'ci.yml', 'npm run check', 'npm run tset'],
    [/nobody chose/, 'ci.yml', 'npm run check', 'npx cdk synth'],
  ];
  test.each(changes)('%s in %s', (fault, file, from, to) => {
    const broken = text(file).replace(from, to);
    expect(broken).not.toBe(text(file));
    expect(faults(file, broken)).toContainEqual(expect.stringMatching(fault));
  });
});

const deployable = Object.keys(environments).filter((name) => name !== 'local');

test('every environment and blueprint is synthesized', () => {
  const matrix = workflow('ci.yml').jobs.synth?.strategy?.matrix;
  expect(matrix?.env).toEqual(Object.keys(environments));
  expect(matrix?.blueprint).toEqual(Object.keys(blueprints));
});

test('every environment that can be deployed is compared and offered', () => {
  expect(workflow('diff.yml').jobs.diff?.strategy?.matrix.env).toEqual(deployable);
  const inputs = workflow('deploy.yml').on.workflow_dispatch?.inputs;
  expect(inputs?.environment?.options).toEqual(deployable);
  expect(inputs?.blueprint?.options).toEqual(Object.keys(blueprints));
});

test('what changes in permissions is in the summary of every pull request, and one comment is kept up to date', () => {
  const { diff, comment } = workflow('diff.yml').jobs;
  const script = diff?.steps?.flatMap(({ run }) => run ?? []).find((run) => run.includes('audit -- diff'));
  expect(script).toContain('cat audit.md >> "$GITHUB_STEP_SUMMARY"');
  expect(script).toContain('[ "$code" -eq 0 ] || [ "$code" -eq 3 ]');
  expect(comment).toMatchObject({ needs: 'diff', permissions: { 'pull-requests': 'write' } });
  const posts = comment?.steps?.at(-1)?.run ?? '';
  expect(posts).toMatch(/PATCH[\s\S]+else[\s\S]+POST/);
});

test('the comment is added once, then changed, and never longer than GitHub takes', () => {
  const machine = mkdtempSync(join(tmpdir(), 'landfall-comment-'));
  try {
    const script = workflow('diff.yml').jobs.comment?.steps?.at(-1)?.run ?? '';
    // Stands in for gh: keeps what it is called with, and answers the id of a comment when there is one.
    writeFileSync(
      join(machine, 'gh'),
      '#!/bin/sh\necho "$*" >> calls\ncase "$*" in *--paginate*) cat found ;; esac\n',
      { mode: 0o755 },
    );
    for (const environment of ['dev', 'staging', 'prod']) {
      mkdirSync(join(machine, 'texts', `audit-${environment}`), { recursive: true });
      writeFileSync(
        join(machine, 'texts', `audit-${environment}`, 'audit.md'),
        `## ${environment} ${'é'.repeat(20_000)}\n`,
      );
    }
    const post = (found: string) => {
      writeFileSync(join(machine, 'found'), found);
      rmSync(join(machine, 'calls'), { force: true });
      const { status, stderr } = spawnSync('bash', ['--norc', '-e', '-c', script], {
        cwd: machine,
        encoding: 'utf8',
        env: { PATH: `${machine}:${process.env.PATH}`, GITHUB_REPOSITORY: 'example/landfall', NUMBER: '7' },
      });
      expect([status, stderr]).toEqual([0, '']);
      return readFileSync(join(machine, 'calls'), 'utf8').trim().split('\n').at(-1);
    };
    expect(post('')).toBe(
      'api --silent --method POST repos/example/landfall/issues/7/comments -F body=@comment.md',
    );
    expect(post('42\n43\n')).toBe(
      'api --silent --method PATCH repos/example/landfall/issues/comments/42 -F body=@comment.md',
    );
    const comment = readFileSync(join(machine, 'comment.md'));
    expect(comment.length).toBeLessThanOrEqual(65_536);
    expect(comment.toString()).toMatch(/^<!-- landfall: .+ -->\n## dev é/);
    expect(Buffer.from(comment.toString()).equals(comment)).toBe(true);
  } finally {
    rmSync(machine, { recursive: true });
  }
});

test('a deployment comes after everything CI asks for, and is smoke-tested', () => {
  const { jobs } = workflow('deploy.yml');
  expect(jobs.verify?.uses).toBe('./.github/workflows/ci.yml');
  expect(jobs.deploy).toMatchObject({ needs: 'verify', concurrency: { 'cancel-in-progress': false } });
  const commands = jobs.deploy?.steps?.flatMap((step) => (step.run ? [step.run] : []));
  expect(commands?.slice(-2)).toEqual([
    'npm run deploy -- "$ENVIRONMENT" --blueprint "$BLUEPRINT" --yes',
    'npm run smoke -- "$ENVIRONMENT" --blueprint "$BLUEPRINT"',
  ]);
});

test('.ci/run is the two commands of the README, with nothing after the tests', () => {
  const lines = readFileSync(join(__dirname, '../../.ci/run'), 'utf8').trim().split('\n');
  expect(lines[0]).toBe('#!/usr/bin/env bash');
  expect(lines).toContain('set -euo pipefail');
  expect(lines.slice(-2)).toEqual(['npm ci', 'npm test']);
});
