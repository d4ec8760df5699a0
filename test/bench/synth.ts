/** CPU of `cdk synth` of one whole environment, build step included, against `cdk synth` of an empty app. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cpuSeconds, inTurn, median, round, type Topic } from './measure';

const root = path.resolve(__dirname, '../..');

export const synth: Topic = {
  name: 'synth',
  async run(runs) {
    const directory = mkdtempSync(path.join(tmpdir(), 'landfall-bench-synth-'));
    const cdk = path.join(root, 'node_modules/.bin/cdk');
    writeFileSync(
      path.join(directory, 'empty.js'),
      `const { App, Stack } = require(${JSON.stringify(path.join(root, 'node_modules/aws-cdk-lib'))}); const app = new App(); new Stack(app, 'Empty'); app.synth();`,
    );
    const once = (command: string, validation: boolean) => () =>
      cpuSeconds(`${command} --quiet --output ${path.join(directory, 'cdk.out')}`, {
        cwd: command.includes('empty.js') ? directory : root,
        env: { CDK_VALIDATION: String(validation), CDK_DISABLE_CLI_TELEMETRY: '1' },
      });
    try {
      const samples = await inTurn(runs, {
        'empty app': once(`${cdk} synth --app "node empty.js"`, false),
        'dev, validation off': once(`${cdk} synth -c env=dev`, false),
        'prod, validation off': once(`${cdk} synth -c env=prod`, false),
        'dev, validation on': once(`${cdk} synth -c env=dev`, true),
      });
      const reference = median(samples['empty app']);
      return {
        topic: 'synth',
        reference: '`cdk synth` of an app with one empty stack, same CLI, same run',
        goal: 'dev with validation off <= 2.5 x',
        rows: Object.entries(samples).map(([what, values]) => ({
          what,
          figures: { 'cpu s': round(median(values)), 'x empty': round(median(values) / reference) },
        })),
      };
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
