import { App } from 'aws-cdk-lib';
import { buildApp } from '../lib/build-app';
import { ConfigurationError } from '../lib/config/fault';
import { loadConfig } from '../lib/config/load';

// `-c env=prod -c blueprint=documents`; the defaults are in cdk.json.
const { node } = new App({ autoSynth: false });
try {
  buildApp({
    ...loadConfig(node.getContext('env'), node.getContext('blueprint')),
    // The CDK's own switch for its validation of templates; the inner loop wants neither.
    audited: process.env.CDK_VALIDATION !== 'false',
  });
} catch (error) {
  // The text says what to change and where; a stack trace of the loader would only bury it.
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
