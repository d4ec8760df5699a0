/** Access decisions over the policies of the prod environment, against parsing the policy that decides. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AccessRequest } from '../../lib/iam/access';
import { checkPolicy, decide } from '../../lib/iam/evaluate';
import { actionsOf, type Policy, statementsIn } from '../../lib/iam/policy';
import { readJson, type Template } from '../support/assembly';
import { account, resolvedPolicies } from '../support/resolved-policies';
import { cpuSeconds, inTurn, median, round, type Topic } from './measure';

const root = path.resolve(__dirname, '../..');
const rounds = 20;

function synthesized(): readonly Policy[] {
  const directory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-decisions-'));
  try {
    const cdk = path.join(root, 'node_modules/.bin/cdk');
    cpuSeconds(`${cdk} synth -c env=prod --quiet --output ${directory}`, {
      cwd: root,
      env: { CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: '1' },
    });
    const files = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
    const templates = files.map((file) => [
      file.replace('.template.json', ''),
      readJson<Template>(path.join(directory, file)),
    ]);
    return [...resolvedPolicies(Object.fromEntries(templates))]
      .filter(({ kind }) => kind === 'identity')
      .map(({ policy }) => policy);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** One request for each action and resource that the policy names, so that every decision has work to do. */
const requestsOf = (policy: Policy): AccessRequest[] =>
  statementsIn(policy.document).flatMap((statement) =>
    actionsOf(statement).flatMap((action) =>
      [statement.Resource ?? '*'].flat().map((resource) => ({
        caller: { kind: 'role' as const, arn: `arn:aws:iam::${account}:role/a` },
        action: action.replaceAll('*', 'x'),
        resource: String(resource).replaceAll(/(?!^)\*/g, 'x'),
        resourceAccount: account,
      })),
    ),
  );

export const decisions: Topic = {
  name: 'decisions',
  async run(runs) {
    const asked = synthesized().map((policy) => ({
      policy,
      requests: requestsOf(policy),
      text: JSON.stringify(policy.document),
    }));
    const count = asked.reduce((sum, { requests }) => sum + requests.length, 0) * rounds;
    /** Microseconds of one. */
    const timed = (one: (entry: (typeof asked)[number], request: AccessRequest) => unknown) => () => {
      const start = process.hrtime.bigint();
      for (let i = 0; i < rounds; i++)
        for (const entry of asked) for (const request of entry.requests) one(entry, request);
      return Number(process.hrtime.bigint() - start) / 1000 / count;
    };
    const candidates = {
      'JSON.parse of the policy': timed(({ text }) => JSON.parse(text)),
      decide: timed(({ policy }, request) => decide(request, { identity: [policy] })),
      'JSON.parse, check and decide': timed(({ policy, text }, request) => {
        const fresh = { id: policy.id, document: JSON.parse(text) };
        checkPolicy(fresh, 'identity');
        return decide(request, { identity: [fresh] });
      }),
    };
    // Everything is compiled.
    await inTurn(1, candidates);
    const samples = await inTurn(runs, candidates);
    const reference = median(samples['JSON.parse of the policy']);
    return {
      topic: 'decisions',
      reference: `JSON.parse of the document that decides, once for each of ${count / rounds} requests to ${asked.length} identity policies of prod`,
      goal: 'decide <= 5 x: the local runtime asks for every call it takes',
      rows: Object.entries(samples).map(([what, values]) => ({
        what,
        figures: {
          'p50 us': round(median(values)),
          'per second': Math.round(1_000_000 / median(values)),
          'x parse': round(median(values) / reference),
        },
      })),
    };
  },
};
